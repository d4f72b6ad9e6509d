#include "io/packed/transport.h"

#include <string.h>
#include <strings.h>

/* How many of a kind there must be, each changed and no other as it was. Four line feeds
 * are in the smallest of traces. */
enum { FEEDS = 4, PAIRS = 32, LINE = 64 };

static bool is_pair(const uint8_t *p)
{
    return (p[0] == 0xc2 || p[0] == 0xc3) && (p[1] & 0xc0) == 0x80;
}

/* Chunks */

/* The size that a line of chunked coding says (RFC 9112, 7.1); its length is returned, 0:
 * there is none in these n bytes, and *more: it may go on behind them. */
static size_t size_line(const uint8_t *p, size_t n, uint64_t *size, bool *more)
{
    enum { DIGITS = 8 };
    static const char digits[] = "0123456789abcdef";
    size_t i = 0;
    const char *at;
    *size = 0;
    for (; i < n && i < DIGITS && p[i] && (at = strchr(digits, p[i] | ' ')); i++)
        *size = *size * 16 + (uint64_t)(at - digits);
    bool may_be = i == n || (i && (p[i] == '\r' || p[i] == ';'));
    const uint8_t *end = may_be ? memchr(p + i, '\n', n - i < LINE ? n - i : LINE) : NULL;
    *more = may_be && !end && n - i < LINE;
    return end ? (size_t)(end - p) + 1 : 0;
}

/* Where the text of `len` bytes begins in the n at p; NULL: nowhere. */
static const uint8_t *find(const uint8_t *p, size_t n, const char *text, size_t len)
{
    const uint8_t *end = p + n;
    while ((size_t)(end - p) >= len && (p = memchr(p, text[0], (size_t)(end - p) - len + 1))) {
        if (memcmp(p, text, len) == 0)
            return p;
        p++;
    }
    return NULL;
}

/* The end of the headers of an answer, behind their empty line; 0: it is not there, and
 * *more: may come. */
static size_t headers_end(const uint8_t *p, size_t n, bool *more)
{
    const uint8_t *at = find(p, n, "\r\n\r\n", 4);
    *more = !at && !memchr(p, 0, n);
    return at ? (size_t)(at - p) + 4 : 0;
}

/* Line by line, whatever the case of the field's name. `p` to `end` are the
 * headers of one answer. */
static bool says_chunked(const uint8_t *p, const uint8_t *end)
{
    static const char name[] = "transfer-encoding:", value[] = "chunked";
    for (; (p = memchr(p, '\n', (size_t)(end - p))); p++) {
        size_t n = (size_t)(end - p) - 1;
        if (n > sizeof name && strncasecmp((const char *)p + 1, name, sizeof name - 1) == 0) {
            const uint8_t *line = memchr(p + 1, '\r', n);
            return line && find(p, (size_t)(line - p), value, sizeof value - 1);
        }
    }
    return false;
}

static bool begins(const uint8_t *p, size_t n, const char *with)
{
    size_t len = strlen(with);
    return memcmp(p, with, n < len ? n : len) == 0;
}

/* Whether the first chunk, of `size` bytes, stands at p: the header of a trace is in it, and
 * an empty line behind it, as far as the n bytes go. *more: they go not that far. */
static bool is_chunk(const uint8_t *p, size_t n, uint64_t size, bool *more)
{
    enum { START = 5, HEADER = 16 };
    bool is_trace = size >= HEADER && begins(p, n, "go 1.");
    *more = is_trace && n < size + 2;
    return is_trace && n >= START && (*more || memcmp(p + size, "\r\n", 2) == 0);
}

/* Steps over the headers of answers: of 100 Continue more follow. False with *more: they go
 * on behind the n bytes, or may. */
static bool skip_headers(const uint8_t *p, size_t n, size_t *at, bool *chunked, bool *more)
{
    while (begins(p + *at, n - *at, "HTTP/")) {
        size_t end = headers_end(p + *at, n - *at, more);
        if (!end)
            return false;
        *chunked = says_chunked(p + *at, p + *at + end);
        *at += end;
    }
    return true;
}

/* Whether chunks begin in the n bytes: true with *head, where. *more: it is not sure yet. */
static bool find_chunks(const uint8_t *p, size_t n, size_t *head, bool *more)
{
    uint64_t size;
    bool chunked = false;
    *head = 0;
    if (!skip_headers(p, n, head, &chunked, more))
        return false;
    const uint8_t *at = p + *head;
    size_t line = size_line(at, n - *head, &size, more);
    if (!line || chunked)
        return line;
    return at == p && is_chunk(at + line, n - line, size, more);
}

/* A size line, an answer or a text that is just beginning. */
static bool may_be_chunks(const uint8_t *p, size_t n)
{
    return begins(p, n, "HTTP/") || (p[0] != 0 && strchr("0123456789abcdefABCDEF", p[0]));
}

/* Text */

/* Looks at what stands at out->at; false: at one byte that needs the next. */
static bool look(struct transport_found *out, const uint8_t *p, size_t n)
{
    const uint8_t *at = p + out->at;
    bool two = n - out->at > 1, first = *at == '\r' || *at == 0xc2 || *at == 0xc3;
    if (first && !two)
        return false;
    bool pair = first && is_pair(at), feed = *at == '\r' && at[1] == '\n';
    out->zero |= !*at;
    out->feeds += feed;
    out->pairs += pair;
    out->bare |= *at == '\n';
    out->wide |= *at > 127 && !pair;
    out->held |= feed || pair;
    out->at += feed || pair ? 2 : 1;
    if (!out->held)
        out->safe = out->at;
    return true;
}

/* Without a zero it is text, not a trace that was changed, and stays as it is.
 * For Latin-1 all bytes above 127 have to be in pairs. */
static source_packing kind_of(const struct transport_found *l)
{
    if (!l->zero)
        return SOURCE_PLAIN;
    if (!l->wide && l->pairs >= PAIRS)
        return SOURCE_LATIN1;
    return !l->bare && l->feeds >= FEEDS ? SOURCE_TEXT_MODE : SOURCE_PLAIN;
}

/* One bare line feed and one lone byte above 127 rule out both kinds, so the
 * look ends there. */
static bool detect_text(const uint8_t *p, size_t n, bool all, struct transport_found *out)
{
    while (out->at < n && !(out->bare && out->wide) && look(out, p, n))
        continue;
    out->kind = all ? kind_of(out) : SOURCE_PLAIN;
    return all || (out->bare && out->wide);
}

bool transport_detect(const uint8_t *p, size_t n, bool last, struct transport_found *out)
{
    bool more = false, all = last || n >= TRANSPORT_LOOKED_AT;
    if (n > TRANSPORT_LOOKED_AT)
        n = TRANSPORT_LOOKED_AT;
    if (!out->at && n && may_be_chunks(p, n)) {
        bool chunks = find_chunks(p, n, &out->head, &more);
        out->kind = chunks && (all || !more) ? SOURCE_CHUNKED : SOURCE_PLAIN;
        if (out->kind == SOURCE_CHUNKED || (more && !all))
            return out->kind == SOURCE_CHUNKED;
    }
    return detect_text(p, n, all, out);
}

/* Running */

/* Of chunks: the answer's headers, a size line, a chunk's bytes, the line end
 * behind them, the one behind the empty chunk, and whatever comes then. */
enum { HEAD, SIZE, DATA, BEHIND, LAST, REST };

void transport_begin(struct transport *t, const struct transport_found *found)
{
    *t = (struct transport){.kind = found->kind, .state = HEAD, .left = found->head};
}

static void take(struct unpack_io *io, size_t n)
{
    io->in += n;
    io->in_len -= n;
}

/* As much as both sides allow, unchanged. */
static void pass(struct unpack_io *io, uint64_t n)
{
    if (n > io->in_len)
        n = io->in_len;
    if (n > io->out_len)
        n = io->out_len;
    memcpy(io->out, io->in, (size_t)n);
    take(io, (size_t)n);
    io->out += n;
    io->out_len -= (size_t)n;
}

/* The next byte, of two of the input if these stand for it. False: more input is needed. */
static bool text_step(const struct transport *t, struct unpack_io *io, bool last)
{
    uint8_t c = *io->in;
    bool first = t->kind == SOURCE_TEXT_MODE ? c == '\r' : c == 0xc2 || c == 0xc3;
    if (first && io->in_len == 1 && !last)
        return false;
    if (first && io->in_len > 1) {
        size_t two = t->kind == SOURCE_TEXT_MODE ? io->in[1] == '\n' : is_pair(io->in);
        if (two)
            c = (uint8_t)(t->kind == SOURCE_TEXT_MODE ? '\n' : c << 6 | (io->in[1] & 0x3f));
        take(io, two);
    }
    take(io, 1);
    *io->out++ = c;
    io->out_len--;
    return true;
}

/* The line that says a chunk's size. */
static bool size_step(struct transport *t, struct unpack_io *io, bool last)
{
    bool more;
    size_t line = size_line(io->in, io->in_len, &t->left, &more);
    if (more && !last)
        return false;
    /* Size 0 ends the chunks. */
    t->state = !line ? REST : t->left ? DATA : LAST;
    take(io, line);
    return true;
}

/* What ends a chunk. */
static bool end_step(struct transport *t, struct unpack_io *io, bool last)
{
    if (io->in_len < 2 && !last)
        return false;
    bool is_end = io->in_len >= 2 && memcmp(io->in, "\r\n", 2) == 0;
    t->state = is_end && t->state == BEHIND ? SIZE : REST;
    take(io, is_end ? 2 : 0);
    return true;
}

/* HEAD and DATA differ only in what follows them. False: more input is needed
 * to go on. */
static bool chunk_step(struct transport *t, struct unpack_io *io, bool last)
{
    size_t before = io->in_len;
    switch (t->state) {
    case HEAD:
    case DATA:
        pass(io, t->left);
        t->left -= before - io->in_len;
        if (!t->left)
            t->state = t->state == HEAD ? SIZE : BEHIND;
        return true;
    case SIZE:
        return size_step(t, io, last);
    case REST:
        pass(io, io->in_len);
        return true;
    default:
        return end_step(t, io, last);
    }
}

gotrace_status transport_run(struct transport *t, struct unpack_io *io, bool last)
{
    bool on = true;
    while (on && io->in_len && io->out_len)
        on = t->kind == SOURCE_CHUNKED ? chunk_step(t, io, last) : text_step(t, io, last);
    return last && !io->in_len ? GOTRACE_END : GOTRACE_OK;
}
