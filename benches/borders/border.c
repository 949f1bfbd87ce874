/* What a call and an event cost in C; see ../src/bin/border.rs, which does the same in Rust. */

#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wa_client.h"

enum { BURST = 5000, STATUS_CALLS = 20000, AWAITED_CALLS = 5000, ROUNDS = 7, IDLE_CLIENTS = 50, LONG = 60000 };

static void check(wa_code code, wa_error *error) {
    if (code != WA_CODE_OK) {
        fprintf(stderr, "%s\n", wa_error_text(error));
        exit(1);
    }
}

static double now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int by_size(const void *one, const void *other) {
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

static double middle(double *times) {
    qsort(times, ROUNDS, sizeof *times, by_size);
    return times[ROUNDS / 2];
}

static long resident_kb(void) {
    char line[256];
    long kb = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status)) {
        if (strncmp(line, "VmRSS:", 6) == 0) kb = strtol(line + 6, NULL, 10);
    }
    if (status) fclose(status);
    return kb;
}

static void post(const char *base, const char *route, const char *body) {
    size_t size = strlen(base) + strlen(route) + strlen(body) + 128;
    char *command = malloc(size);
    snprintf(command, size, "curl --silent --fail --output /dev/null --json '%s' %s%s", body, base, route);
    if (system(command) != 0) exit(1);
    free(command);
}

/* What a subscriber waits for: so many messages, or the event with that number. */
struct goal {
    pthread_mutex_t lock;
    pthread_cond_t reached;
    int64_t messages, last, seq;
    bool done;
};

static void on_event(void *data, const wa_value *event) {
    struct goal *goal = data;
    if (!event || goal->done) return;
    int64_t seq = wa_value_int(event, "/seq", -1);
    if (strcmp(wa_event_name(event), "message") == 0) goal->messages -= 1;
    if (goal->last ? seq >= goal->last : goal->messages == 0) {
        pthread_mutex_lock(&goal->lock);
        goal->seq = seq;
        goal->done = true;
        pthread_cond_signal(&goal->reached);
        pthread_mutex_unlock(&goal->lock);
    }
}

static void await_goal(struct goal *goal) {
    pthread_mutex_lock(&goal->lock);
    while (!goal->done) pthread_cond_wait(&goal->reached, &goal->lock);
    pthread_mutex_unlock(&goal->lock);
}

static wa_client *client_of(const char *base, const char *data, const char *session) {
    char settings[1024];
    wa_error *error = NULL;
    wa_client *client = NULL;
    wa_options *options = wa_options_new();
    snprintf(settings, sizeof settings,
             "{\"pageUrl\": \"%s/\", \"sessionPath\": \"%s\", \"session\": \"%s\", \"pacing\": null,"
             " \"eventQueue\": 50000, \"eventReplay\": 50000}", base, data, session);
    check(wa_options_set_json(options, settings, &error), error);
    check(wa_client_new(options, &client, &error), error);
    wa_options_free(options);
    return client;
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    const char *base = argv[1], *data = ".";
    wa_error *error = NULL;
    wa_value *value = NULL;
    wa_subscription *subscription = NULL;
    char body[2048];
    wa_client *client = client_of(base, data, "border");
    check(wa_client_initialize(client, LONG, &error), error);
    check(wa_client_qr_code(client, &value, &error), error);
    snprintf(body, sizeof body, "{\"qr\": \"%s\"}", wa_value_string(value, "/payload", NULL));
    wa_value_free(value);
    post(base, "/sim/phone/scan", body);
    check(wa_client_wait_ready(client, LONG, &error), error);
    struct goal burst = {.lock = PTHREAD_MUTEX_INITIALIZER, .reached = PTHREAD_COND_INITIALIZER, .messages = BURST};
    check(wa_client_subscribe(client, NULL, on_event, &burst, NULL, &subscription, &error), error);
    snprintf(body, sizeof body, "{\"from\": \"5511988887777\", \"body\": \"number {i}\", \"count\": %d}", BURST);
    post(base, "/sim/messages", body);
    await_goal(&burst);
    wa_subscription_free(subscription);

    double status[ROUNDS], awaited[ROUNDS], events[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        double start = now_ns();
        for (int n = 0; n < STATUS_CALLS; n++) {
            check(wa_client_connection_status(client, &value, &error), error);
            if (!wa_value_bool(value, "/ready", false)) return 1;
            wa_value_free(value);
        }
        status[round] = (now_ns() - start) / STATUS_CALLS;
        start = now_ns();
        for (int n = 0; n < AWAITED_CALLS; n++) check(wa_client_initialize(client, LONG, &error), error);
        awaited[round] = (now_ns() - start) / AWAITED_CALLS;
        struct goal kept = {.lock = PTHREAD_MUTEX_INITIALIZER, .reached = PTHREAD_COND_INITIALIZER, .last = burst.seq};
        start = now_ns();
        check(wa_client_subscribe_after(client, 0, NULL, on_event, &kept, NULL, &subscription, &error), error);
        await_goal(&kept);
        events[round] = (now_ns() - start) / (double)burst.seq;
        wa_subscription_free(subscription);
    }
    long rss = resident_kb();
    wa_client *idle[IDLE_CLIENTS];
    for (int n = 0; n < IDLE_CLIENTS; n++) {
        char name[32];
        snprintf(name, sizeof name, "idle-%d", n);
        idle[n] = client_of(base, data, name);
    }
    double per_client = (double)(resident_kb() - rss) / IDLE_CLIENTS;
    printf("{\"status_ns\": %.0f, \"awaited_ns\": %.0f, \"event_ns\": %.0f, \"events\": %lld, \"rss_kb\": %ld, \"idle_client_kb\": %.1f}\n",
           middle(status), middle(awaited), middle(events), (long long)burst.seq, rss, per_client);
    for (int n = 0; n < IDLE_CLIENTS; n++) wa_client_free(idle[n]);
    wa_client_free(client);
    return 0;
}
