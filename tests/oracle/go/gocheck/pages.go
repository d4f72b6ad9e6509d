package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"internal/trace"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"time"
)

const (
	patience = 2 * time.Minute
	alike    = 10 // pages of one path, with different queries, that are asked for
)

// pages starts `go tool trace` on a trace and asks for its pages: those that
// its first page, and every further one, links to.
func pages(words []string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	server, err := serve(ctx, words[0], words[1])
	if err != nil {
		return "", err
	}
	c := &crawler{ctx: ctx, server: server, asked: make(map[string]bool), alike: make(map[string]int)}
	err = c.crawl(hasProcs(words[1]))
	server.stop()
	if err := os.WriteFile(words[2], []byte(c.list.String()), 0o666); err != nil {
		return "", err
	}
	return fmt.Sprint(len(c.asked)), errors.Join(server.complaint(), err)
}

// hasProcs reports whether a trace says what GOMAXPROCS is. Go's tool panics
// where it does not, when it is asked for the mutator utilization.
func hasProcs(path string) bool {
	found := false
	readAll(path, func(_ *trace.Reader, ev trace.Event) error {
		found = found || ev.Kind() == trace.EventMetric && ev.Metric().Name == "/sched/gomaxprocs:threads"
		return nil
	})
	return found
}

// server is a `go tool trace` that listens.
type server struct {
	cmd  *exec.Cmd
	home string
	base string // of its URLs
	done sync.WaitGroup
	said []string // on stderr
}

var listening = regexp.MustCompile(`listening on (http://\S+)`)

func serve(ctx context.Context, program, path string) (*server, error) {
	home, err := os.MkdirTemp("", "gocheck")
	if err != nil {
		return nil, err
	}
	s := &server{cmd: exec.CommandContext(ctx, program, "-http=127.0.0.1:0", path), home: home}
	// No browser, and no counters of usage in anybody's home.
	s.cmd.Env = append(os.Environ(), "BROWSER=true", "HOME="+home, "XDG_CONFIG_HOME="+home)
	stderr, err := s.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	listens := make(chan string, 1)
	s.done.Add(1)
	go s.listen(stderr, listens)
	base, ok := <-listens
	if !ok {
		s.stop()
		return nil, fmt.Errorf("go tool trace ends: %s", strings.Join(s.said, "; "))
	}
	s.base = base
	return s, nil
}

// listen keeps what the server says and sends on where it listens.
func (s *server) listen(stderr io.Reader, listens chan<- string) {
	defer s.done.Done()
	defer close(listens)
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		s.said = append(s.said, lines.Text())
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			listens <- m[1]
		}
	}
}

func (s *server) stop() {
	s.cmd.Process.Kill()
	s.done.Wait()
	s.cmd.Wait()
	os.RemoveAll(s.home)
}

// complaint returns what the server said besides what it always says.
func (s *server) complaint() error {
	for _, line := range s.said {
		switch {
		case strings.Contains(line, "Preparing trace for viewer..."):
		case strings.Contains(line, "Splitting trace for viewer..."):
		case listening.MatchString(line):
		default:
			return fmt.Errorf("go tool trace says: %s", line)
		}
	}
	return nil
}

type crawler struct {
	ctx    context.Context
	server *server
	list   strings.Builder // a line each: status, bytes, page
	asked  map[string]bool
	alike  map[string]int // by path
	queue  []string
}

// crawl asks for the first page, for those to which no link leads or a script's
// only, and for all that they link to.
func (c *crawler) crawl(utilization bool) error {
	c.queue = []string{"/", "/jsontrace?view=proc", "/jsontrace?view=thread", "/usertask?complete=1"}
	if utilization {
		c.queue = append(c.queue, "/mmu?mode=plot&flags=mut|assist|sweep", "/mmu?mode=details&window=1000000&flags=stw")
	}
	for len(c.queue) > 0 {
		page := c.queue[0]
		c.queue = c.queue[1:]
		if err := c.visit(page); err != nil {
			return err
		}
	}
	return nil
}

func (c *crawler) visit(page string) error {
	path, _, _ := strings.Cut(page, "?")
	if c.asked[page] || c.alike[path] == alike {
		return nil
	}
	c.asked[page] = true
	c.alike[path]++
	body, err := c.get(page)
	if err != nil {
		return err
	}
	if err := sound(path, page, body); err != nil {
		return fmt.Errorf("%s: %w", page, err)
	}
	c.follow(body)
	return nil
}

func (c *crawler) get(page string) ([]byte, error) {
	req, err := http.NewRequestWithContext(c.ctx, "GET", c.server.base+page, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(&c.list, "%d %8d %s\n", resp.StatusCode, len(body), page)
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s: %s", page, resp.Status, firstLine(string(body)))
	}
	return body, nil
}

// sound checks that a page is of the kind that it should be.
func sound(path, page string, body []byte) error {
	switch {
	case path == "/jsontrace":
		var events struct{ TraceEvents []json.RawMessage }
		if err := json.Unmarshal(body, &events); err != nil {
			return err
		}
		if len(events.TraceEvents) == 0 {
			return errors.New("no events")
		}
	case strings.Contains(page, "raw=1"):
		if !bytes.HasPrefix(body, []byte{0x1f, 0x8b}) {
			return errors.New("no packed profile")
		}
	case strings.Contains(page, "mode="):
		if !json.Valid(body) {
			return errors.New("no JSON")
		}
	case !bytes.Contains(body, []byte("<")):
		return fmt.Errorf("no page: %s", firstLine(string(body)))
	}
	return nil
}

var link = regexp.MustCompile(`href=["']?(/[^"'> ]*)`)

// follow queues the pages that a page links to, but drawn profiles: they need a
// go command and graphviz, and their data is asked for. What a trace view
// draws is its JSON.
func (c *crawler) follow(body []byte) {
	for _, m := range link.FindAllSubmatch(body, -1) {
		page, _, _ := strings.Cut(html.UnescapeString(string(m[1])), "#")
		u, err := url.Parse(page)
		if err != nil || strings.HasPrefix(u.Path, "/static/") {
			continue
		}
		if drawn[u.Path] && u.Query().Get("raw") == "" {
			continue
		}
		c.queue = append(c.queue, page)
		if u.Path == "/trace" {
			c.queue = append(c.queue, "/jsontrace?"+u.RawQuery)
		}
	}
}

var drawn = map[string]bool{
	"/io": true, "/block": true, "/syscall": true, "/sched": true,
	"/regionio": true, "/regionblock": true, "/regionsyscall": true, "/regionsched": true,
}
