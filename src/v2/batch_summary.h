/* batch_summary.h: batches of events, run over without decoding them: how many events
 * there are, how much time passes, and where those lie that are wanted.
 *
 * What this says of a batch is what decoding it would say. Where that cannot
 * be had cheaply (something is broken, too much is wanted, times are extreme)
 * it says so, and the batch is to be decoded. */
#ifndef GOTRACE_V2_BATCH_SUMMARY_H
#define GOTRACE_V2_BATCH_SUMMARY_H
#include <stdbool.h>
#include <stdint.h>

/* A wanted event: its offset in the batch's data, and what comes before it.
 * Batches are short enough (V2_MAX_BATCH) for numbers of 16 bits. */
struct summary_hit {
    uint16_t at, events;
    uint32_t ticks;
};

struct batch_summary {
    const uint8_t *data; /* borrowed */
    uint32_t size;
    uint32_t room;            /* for hits */
    struct summary_hit *hits; /* borrowed; len of them, in order */
    uint32_t len;
    uint32_t events, ticks; /* of the whole batch */
    bool whole;             /* false: nothing is known, it has to be decoded */
};

/* How types are run over: a code for each, whose form is the way's own. */
struct summary_rule {
    uint64_t all[256];   /* 0: no event */
    uint64_t plain[256]; /* 0: no event, or a wanted one */
    uint64_t most;       /* ticks of a batch at most, to be whole */
    const struct summary_way *way;
};

/* A rule for what is wanted: `portable` as for any CPU, else for this one. */
void summary_prepare(struct summary_rule *out, const uint8_t wanted[256], uint32_t most,
                     bool portable);

/* Runs over batches until take(arg) yields no more (NULL). Of a batch data,
 * size, room and hits have to be set. */
typedef struct batch_summary *summary_take(void *arg);
void summary_run(const struct summary_rule *rule, summary_take *take, void *arg);
#endif
