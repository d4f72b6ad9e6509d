/* text.h: text among bytes that should be a trace: log lines, headers of HTTP,
 * what a test printed. It is told from the data of a trace by its length: those
 * hold few bytes in a row that are all printable. */
#ifndef GOTRACE_READ_TEXT_H
#define GOTRACE_READ_TEXT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"

/* So many characters that are seen are no accident where a batch should begin. */
enum { TEXT_SURE = 4 };

/* Bytes from p on that are text: ASCII that is seen, tabs, ends of lines, ESC
 * and whole characters of UTF-8. */
size_t text_len(const uint8_t *p, size_t n);
/* Whether it surely begins with text: TEXT_SURE characters, and not many ends of
 * lines before or among them. */
bool text_is(const uint8_t *p, size_t n);
/* Bytes of the first line, without its end. */
size_t text_line(const uint8_t *p, size_t n);

/* Fills diag->have with the n bytes at p, quoted and escaped, cut where it is full. */
void text_quote(gotrace_diag *diag, const uint8_t *p, size_t n);
/* The damage that foreign bytes are: n of them at p, at offset off, which are
 * no part of the trace. */
void text_diag(gotrace_diag *diag, const uint8_t *p, size_t n, uint64_t off);
#endif
