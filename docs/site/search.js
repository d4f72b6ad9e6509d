// Search in the site, in the page: all words have to be there, as beginnings of words; what has
// them in a heading comes first. search-index.js is loaded when somebody wants to search.
'use strict';

(() => {
  const MOST = 20;
  const box = document.querySelector('.search');
  const input = document.getElementById('search');
  const found = document.getElementById('found');
  let rows = null;
  let asked = false;

  const lower = (text) => text.toLowerCase();

  function load() {
    if (asked) return;
    asked = true;
    const script = document.createElement('script');
    script.src = 'search-index.js';
    script.onload = () => {
      rows = window.searchIndex.map(([page, title, id, heading, text]) => ({
        page, title, id, heading, text, inHeading: lower(`${title} ${heading}`), inText: lower(text),
      }));
      show();
    };
    document.head.append(script);
  }

  const wordsOf = (text) => lower(text).split(/[\s,]+/).filter(Boolean);

  // Where a word begins in a text as a beginning of a word; -1: nowhere. An option's dashes and the
  // like belong to the word that is looked for.
  function begins(text, word) {
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
      if (at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1]) || !/^[\p{L}\p{N}]/u.test(word)) return at;
    }
    return -1;
  }

  // Headings are worth most, then texts that have the words side by side, then those that say them often.
  function scoreOf(row, words) {
    const isPhrase = words.length > 1 && row.inText.includes(words.join(' '));
    let score = isPhrase ? 12 : 0;
    for (const word of words) {
      const often = row.inText.split(word).length - 1;
      if (begins(row.inHeading, word) >= 0) score += lower(row.heading) === word ? 20 : 8;
      else if (begins(row.inText, word) < 0) return 0;
      score += Math.min(often, 8) / 8;
    }
    return score;
  }

  // A text with what was looked for marked in it, as nodes: never as HTML.
  function excerpt(row, words) {
    const at = Math.max(0, ...words.map((word) => begins(row.inText, word)));
    const from = Math.max(0, at - 50);
    const line = document.createElement('p');
    const text = row.text.slice(from, from + 160);
    const hit = words.map((word) => [begins(lower(text), word), word.length]).filter(([start]) => start >= 0)[0];
    if (!hit) {
      line.textContent = text;
      return line;
    }
    const mark = document.createElement('mark');
    mark.textContent = text.slice(hit[0], hit[0] + hit[1]);
    line.append(from > 0 ? '...' : '', text.slice(0, hit[0]), mark, text.slice(hit[0] + hit[1]));
    return line;
  }

  function item(row, words) {
    const link = document.createElement('a');
    link.href = `${row.page}#${row.id}`;
    link.append(row.heading === row.title ? row.title : `${row.title}: ${row.heading}`, excerpt(row, words));
    const one = document.createElement('li');
    one.append(link);
    return one;
  }

  function show() {
    const words = wordsOf(input.value);
    found.hidden = words.length === 0 || !rows;
    if (found.hidden) return;
    const best = rows.map((row) => [scoreOf(row, words), row]).filter(([score]) => score > 0)
      .sort((a, b) => b[0] - a[0]).slice(0, MOST);
    found.replaceChildren(...best.map(([, row]) => item(row, words)));
    if (best.length === 0) {
      const none = document.createElement('li');
      none.textContent = 'Nothing has all these words.';
      found.append(none);
    }
  }

  function close() {
    found.hidden = true;
    input.blur();
  }

  function move(step) {
    const links = [...found.querySelectorAll('a')];
    const next = links.indexOf(document.activeElement) + step;
    (links[next] || input).focus();
  }

  input.addEventListener('focus', load);
  input.addEventListener('input', show);
  input.addEventListener('keydown', (event) => {
    const first = found.querySelector('a');
    if (event.key === 'Enter' && first && !found.hidden) first.click();
  });
  found.addEventListener('click', () => { found.hidden = true; });
  document.addEventListener('click', (event) => { if (!box.contains(event.target)) found.hidden = true; });
  document.addEventListener('keydown', (event) => {
    const typing = event.target === input;
    if (event.key === '/' && !typing) input.focus();
    else if (event.key === 'Escape') close();
    else if (event.key === 'ArrowDown' && box.contains(event.target)) move(1);
    else if (event.key === 'ArrowUp' && box.contains(event.target)) move(-1);
    else return;
    event.preventDefault();
  });
  box.hidden = false;
})();
