/* emitter.h: scalars of YAML that a reader gives back byte for byte. */
#ifndef GOTRACE_YAML_EMITTER_H
#define GOTRACE_YAML_EMITTER_H
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* n bytes as text in double quotes. What is not UTF-8 gets the tag !bytes, in
 * which every character stands for one byte. */
void yaml_out_text(FILE *out, const uint8_t *p, size_t n);
/* n bytes as hexadecimal digits in double quotes, further lines indented. */
void yaml_out_hex(FILE *out, const uint8_t *p, size_t n, int indent);
#endif
