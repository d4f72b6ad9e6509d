// Package dump is what the oracle's programs share: the dump format of
// ../README.md and the modes that look at many files.
package dump

import (
	"bufio"
	"io"
	"os"
	"strconv"
)

// Frame is a resolved frame of a stack.
type Frame struct {
	Func, File string
	Line, PC   uint64
}

// Writer writes events as lines of fields. Its errors surface in Finish.
type Writer struct {
	w   *bufio.Writer
	buf []byte
}

func NewWriter(w io.Writer) *Writer {
	return &Writer{w: bufio.NewWriterSize(w, 1<<16)}
}

// Begin starts the line of an event.
func (w *Writer) Begin(time int64, typ string, m, p, g int64) {
	w.buf = strconv.AppendInt(w.buf[:0], time, 10)
	w.buf = append(append(w.buf, '\t'), typ...)
	for _, id := range [...]int64{m, p, g} {
		w.buf = appendID(append(w.buf, '\t'), uint64(id))
	}
}

// End ends the line.
func (w *Writer) End() {
	w.w.Write(append(w.buf, '\n'))
}

func (w *Writer) name(name string) {
	w.buf = append(append(append(w.buf, '\t'), name...), '=')
}

// Number adds a field that is a plain number.
func (w *Writer) Number(name string, v uint64) {
	w.name(name)
	w.buf = strconv.AppendUint(w.buf, v, 10)
}

// ID adds a field that names a resource; all ones is none.
func (w *Writer) ID(name string, id uint64) {
	w.name(name)
	w.buf = appendID(w.buf, id)
}

// String adds a field that is text from the trace.
func (w *Writer) String(name, s string) {
	w.name(name)
	w.buf = appendEscaped(w.buf, s, "")
}

// Raw adds a field whose value is in dump form already.
func (w *Writer) Raw(name, value string) {
	w.name(name)
	w.buf = append(w.buf, value...)
}

// Line adds a line that is not an event's.
func (w *Writer) Line(s string) {
	w.w.WriteString(s + "\n")
}

// Finish writes out what there is. If Go refused the trace, a last line says
// why and the program ends with exit status 3.
func (w *Writer) Finish(refused error) error {
	if refused != nil {
		w.Line("error\t" + string(appendEscaped(nil, refused.Error(), "")))
	}
	if err := w.w.Flush(); err != nil {
		return err
	}
	if refused != nil {
		os.Exit(3)
	}
	return nil
}

// Stack renders frames, leaf first, as the value of a field.
func Stack(frames []Frame) string {
	var b []byte
	for i, f := range frames {
		if i > 0 {
			b = append(b, ';')
		}
		b = append(appendEscaped(b, f.Func, ";@"), '@')
		b = append(appendEscaped(b, f.File, ";@"), ':')
		b = strconv.AppendUint(b, f.Line, 10)
		b = strconv.AppendUint(append(b, "@0x"...), f.PC, 16)
	}
	return string(b)
}

func appendID(b []byte, id uint64) []byte {
	if id == ^uint64(0) {
		return append(b, '-')
	}
	return strconv.AppendUint(b, id, 10)
}

// appendEscaped adds s with every byte that is not printable ASCII, and those
// in also, as \xHH.
func appendEscaped(b []byte, s, also string) []byte {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			b = append(b, `\\`...)
		case c < 0x20 || c > 0x7e || contains(also, c):
			const digits = "0123456789abcdef"
			b = append(b, '\\', 'x', digits[c>>4], digits[c&15])
		default:
			b = append(b, c)
		}
	}
	return b
}

func contains(set string, c byte) bool {
	for i := 0; i < len(set); i++ {
		if set[i] == c {
			return true
		}
	}
	return false
}
