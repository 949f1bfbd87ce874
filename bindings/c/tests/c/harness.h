/* What the scenarios have in common: the simulator, clients, and the events they have told. Compiles as C11 and as C++17. */
#ifndef HARNESS_H
#define HARNESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wa_client.h"

#ifdef __cplusplus
extern "C" {
#endif

#define OWN "5511900000001"
#define FRIEND "5511988887777"
#define NOBODY "5511900009999"

/* How long anything may take that is waited for. */
#define PATIENCE_MS 90000

/* Ends the program at once when something is not so. */
#define CHECK(condition) check((condition), #condition, __FILE__, __LINE__)
void check(bool so, const char *what, const char *file, int line);

/* Ends the program when a call failed, telling why. */
#define OK(call) succeeded((clear(rig), (call)), &rig->error, #call, __FILE__, __LINE__)
void succeeded(wa_code code, wa_error **error, const char *what, const char *file, int line);

/* Ends the program unless a call failed with this code. The error stays in rig->error until the next one. */
#define FAILS(expected, call) CHECK((clear(rig), (call)) == (expected))

struct rig {
  const char *sim;
  const char *directory;
  /* A Redis server or a second simulator, for the scenarios that need one. */
  const char *other;
  wa_error *error;
};

/* Frees the last error. */
void clear(struct rig *rig);

/* The events of a client, each kept. */
struct events {
  pthread_mutex_t lock;
  pthread_cond_t more;
  wa_value **list;
  size_t count, room, next;
  bool ended;
  wa_subscription *subscription;
};

/* A call of the simulator: `body` is JSON or NULL. Ends the program unless it succeeds. Free the answer. */
wa_value *call_sim(const char *sim, const char *method, const char *path, const char *body);
/* The same, whose answer is of no interest. */
void tell_sim(const char *sim, const char *method, const char *path, const char *body);
/* The same with a text in the place of %s in the body. */
void tell_sim_text(const char *sim, const char *path, const char *format, const char *text);
/* The status of an answer, whatever it is. */
int ask_status(const char *sim, const char *method, const char *path, const char *body);
/* The number of the newest event of the simulator. */
long sim_mark(const char *sim);
/* Waits for an event of the simulator of that kind after `since`. */
void sim_wait(const char *sim, long since, const char *kind);
/* How many messages the simulator has got. */
long sim_outbox(const char *sim);

/* Options for the simulator with short durations. */
wa_options *sim_options(struct rig *rig, const char *more);
wa_client *new_client(struct rig *rig, const char *more);
/* A linked, ready client; events from its start, unless NULL. */
wa_client *ready_client(struct rig *rig, struct events *events, const char *more);
/* Hands the code on the screen to the phone. */
void scan(struct rig *rig, wa_client *client);
/* Somebody to write to. */
void declare_friend(struct rig *rig);
/* What a camera reads from a picture: asks the program that started this one. Free it. */
char *read_picture(struct rig *rig, const uint8_t *png, size_t length);

void events_begin(struct events *events, struct rig *rig, wa_client *client);
/* Waits for the next event of that name; with `pointer`, for one with that text there. It belongs to `events`. */
const wa_value *wait_event(struct events *events, const char *name, const char *pointer, const char *text);
/* How many events of that name there were so far. */
size_t count_events(struct events *events, const char *name);
/* How many with that text at that place. */
size_t count_texts(struct events *events, const char *name, const char *pointer, const char *text);
/* Frees the subscription and the events. */
void events_end(struct events *events);

bool is_text(const wa_value *value, const char *pointer, const char *text);
/* The status of a client is this. */
bool has_status(struct rig *rig, wa_client *client, const char *status);

/* What a callback was told. */
struct told {
  pthread_mutex_t lock;
  pthread_cond_t done;
  int times;
  wa_code code;
  int maybe_sent;
  wa_value *result;
  char id[64];
};
void told_begin(struct told *told);
void told_callback(void *user_data, const wa_value *result, const wa_error *error);
/* Waits until it was told. */
void told_wait(struct told *told);
void told_end(struct told *told);

/* Threads of this process, and its children. */
size_t count_threads(void);
size_t count_children(void);
/* Waits until there are no more threads and children than these. */
void wait_nothing_left(size_t threads, size_t children);

/* The list of bindings/README.md. */
typedef void scenario(struct rig *rig);
scenario link_by_qr, link_by_pairing_code, cancel_pairing_code, restore, send_and_acks, send_with_options, send_invalid_phone,
    send_not_registered, send_not_ready, send_deadline_maybe_sent, check_number, message_status, receive, edits_and_revokes,
    event_overflow, replay_events, disconnect_and_reconnect, logout, cancel_pending_call, two_clients, close_while_pending,
    page_report, status_from_redis;

/* Not in the header: for tests alone. */
wa_code wa__testing_fail(const wa_client *client, const char *stage, wa_error **error);
wa_code wa__testing_fail_async(const wa_client *client, const char *stage, wa_completion callback, void *user_data,
                               wa_call **call, wa_error **error);
wa_code wa__testing_subscribe(const wa_client *client, wa_event_callback callback, void *user_data, wa_destructor destructor,
                              wa_subscription **subscription, wa_error **error);
wa_value *wa__testing_value(const char *json);

#ifdef __cplusplus
}
#endif
#endif
