/* Keeps a session and does what `session --through` tells it, in C; see ../src/bin/subject.rs, which does the same in Rust. */

#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wa_client.h"

/* How long the session may take to start, and messages to arrive, all of them. */
enum { LONG_MS = 60000, PATIENCE_S = 120 };

static wa_client *client;

static void check(wa_code code, wa_error *error) {
    if (code != WA_CODE_OK) {
        fprintf(stderr, "%s\n", wa_error_text(error));
        exit(1);
    }
}

static double now_us(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static void send_all(const char *prefix, size_t count, const char *until, const char *to) {
    wa_error *error = NULL;
    wa_send_options *options = wa_send_options_new();
    double *times = calloc(count, sizeof *times);
    if (!times) exit(1);
    check(wa_send_options_set_until(options, until, &error), error);
    for (size_t n = 0; n < count; n++) {
        char text[64];
        snprintf(text, sizeof text, "%s%zu", prefix, n);
        double start = now_us(CLOCK_MONOTONIC);
        check(wa_client_send_message(client, to, text, options, NULL, &error), error);
        times[n] = now_us(CLOCK_MONOTONIC) - start;
    }
    for (size_t n = 0; n < count; n++) printf("%s%.1f", n ? ", " : "[", times[n]);
    printf("]\n");
    free(times);
    wa_send_options_free(options);
}

/* What came, until there are so many different messages. */
struct inbox {
    pthread_mutex_t lock;
    pthread_cond_t complete;
    const char *prefix;
    size_t wanted, different, count;
    struct {
        char body[48];
        double at;
    } *list;
};

static void on_message(void *data, const wa_value *event) {
    struct inbox *inbox = data;
    const char *body = wa_value_string(event, "/data/body", NULL);
    if (!body || strncmp(body, inbox->prefix, strlen(inbox->prefix)) != 0) return;
    pthread_mutex_lock(&inbox->lock);
    if (inbox->different < inbox->wanted && inbox->count < 2 * inbox->wanted) {
        size_t at = inbox->count++;
        snprintf(inbox->list[at].body, sizeof inbox->list[at].body, "%s", body);
        inbox->list[at].at = now_us(CLOCK_REALTIME);
        ENTRY entry = {.key = inbox->list[at].body};
        if (!hsearch(entry, FIND)) {
            hsearch(entry, ENTER);
            inbox->different++;
        }
        if (inbox->different == inbox->wanted) pthread_cond_signal(&inbox->complete);
    }
    pthread_mutex_unlock(&inbox->lock);
}

static void receive(const char *prefix, size_t wanted) {
    struct inbox inbox = {
        .lock = PTHREAD_MUTEX_INITIALIZER, .complete = PTHREAD_COND_INITIALIZER, .prefix = prefix, .wanted = wanted};
    inbox.list = calloc(2 * wanted, sizeof *inbox.list);
    if (!inbox.list || !hcreate(2 * wanted)) exit(1);
    wa_error *error = NULL;
    wa_subscription *subscription = NULL;
    check(wa_client_subscribe(client, "message", on_message, &inbox, NULL, &subscription, &error), error);
    puts("listening");
    struct timespec limit;
    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += PATIENCE_S;
    pthread_mutex_lock(&inbox.lock);
    /* What came until then is told all the same. */
    while (inbox.different < wanted && pthread_cond_timedwait(&inbox.complete, &inbox.lock, &limit) == 0) {}
    pthread_mutex_unlock(&inbox.lock);
    wa_subscription_free(subscription);
    printf("[");
    for (size_t n = 0; n < inbox.count; n++) printf("%s[\"%s\", %.1f]", n ? ", " : "", inbox.list[n].body, inbox.list[n].at);
    printf("]\n");
    free(inbox.list);
    hdestroy();
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    char settings[256], order[256], prefix[32], until[16], to[32];
    size_t count;
    wa_error *error = NULL;
    wa_value *code = NULL;
    wa_options *options = wa_options_new();
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    snprintf(settings, sizeof settings, "{\"pageUrl\": \"%s/\", \"pacing\": null, \"eventQueue\": 50000}", argv[1]);
    check(wa_options_set_json(options, settings, &error), error);
    check(wa_client_new(options, &client, &error), error);
    wa_options_free(options);
    check(wa_client_initialize(client, LONG_MS, &error), error);
    check(wa_client_qr_code(client, &code, &error), error);
    printf("\"%s\"\n", wa_value_string(code, "/payload", NULL));
    wa_value_free(code);
    check(wa_client_wait_ready(client, LONG_MS, &error), error);
    puts("ready");
    while (fgets(order, sizeof order, stdin)) {
        if (sscanf(order, "send %31s %zu %15s %31s", prefix, &count, until, to) == 4) send_all(prefix, count, until, to);
        else if (sscanf(order, "receive %31s %zu", prefix, &count) == 2) receive(prefix, count);
        else return 2;
    }
    wa_client_free(client);
    return 0;
}
