/* value.h: scalars of a trace as text: numbers, text, bytes.
 *
 * Each function reads a node that yaml_in_next returned; when it is something
 * else, that is noted as the error, and false returned. */
#ifndef GOTRACE_YAML_VALUE_H
#define GOTRACE_YAML_VALUE_H
#include "yaml/reader.h"
#include "yaml/schema.h"

/* `V`, `V/S` for V in S bytes, or `/S`, which leaves the value to be counted:
 * *given is false then. V may be a word of that kind of field. */
bool yaml_value_num(yaml_in *in, const struct yaml_node *node, enum field_kind kind,
                    struct num *out, bool *given);
/* Text, or with the tag !bytes a character a byte, added to *to. */
bool yaml_value_text(yaml_in *in, const struct yaml_node *node, struct buf *to);
/* Pairs of hexadecimal digits, with white space between them or not. */
bool yaml_value_hex(yaml_in *in, const struct yaml_node *node, struct buf *to);
#endif
