/* c_stack.h: how much of the process's own stack a script has come to use.
 *
 * LuaJIT watches the stacks of its coroutines and not this one, on which each
 * coroutine.resume and each gsub with a function lies. What nests them asks
 * here first (nesting.lua), so that the end of the stack is an error of the
 * script and no crash. */
#ifndef GOTRACE_SCRIPT_LIMITS_C_STACK_H
#define GOTRACE_SCRIPT_LIMITS_C_STACK_H

#include <stddef.h>

/* The main thread's stack. */
struct c_stack {
    const char *begin; /* it grows down from here */
    size_t size;       /* bytes that it may grow to */
};

/* Begins at the caller. Allows the stack 8 MiB where it has less and the
 * process may. */
void c_stack_begin(struct c_stack *out);

/* Bytes between the beginning and the caller. */
size_t c_stack_used(const struct c_stack *stack);

#endif
