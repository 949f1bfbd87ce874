/* What others do is told, in order; loss is told as well. */
#include "harness.h"

void receive(struct rig *rig) {
  struct events events;
  wa_client *client = ready_client(rig, &events, NULL);
  tell_sim_text(rig->sim, "/sim/messages", "{\"from\": \"%s\", \"body\": \"hello\"}", FRIEND);
  const wa_value *message = wait_event(&events, "message", "/data/body", "hello");
  CHECK(is_text(message, "/data/phone", FRIEND) && !wa_value_bool(message, "/data/fromMe", true));
  tell_sim_text(rig->sim, "/sim/messages", "{\"from\": \"%s\", \"body\": \"burst {i}\", \"count\": 500}", FRIEND);
  for (int n = 0; n < 500; n++) {
    char text[32];
    snprintf(text, sizeof text, "burst %d", n);
    CHECK(is_text(wait_event(&events, "message", NULL, NULL), "/data/body", text));
  }
  wa_client_free(client);
  CHECK(count_events(&events, "lagged") == 0);
  events_end(&events);
}

void edits_and_revokes(struct rig *rig) {
  struct events events;
  wa_client *client = ready_client(rig, &events, NULL);
  wa_value *written = call_sim(rig->sim, "POST", "/sim/messages", "{\"from\": \"" FRIEND "\", \"body\": \"a text\"}");
  const char *id = wa_value_string(written, "/messages/0/id", NULL);
  const char *key = wa_value_string(wait_event(&events, "message", "/data/body", "a text"), "/data/key", NULL);
  tell_sim_text(rig->sim, "/sim/edits", "{\"message\": \"%s\", \"body\": \"another text\"}", id);
  const wa_value *edit = wait_event(&events, "message_edit", "/data/message/body", "another text");
  CHECK(is_text(edit, "/data/previous", "a text"));
  tell_sim_text(rig->sim, "/sim/reactions",
                "{\"from\": \"" FRIEND "\", \"message\": \"%s\", \"emoji\": \"\xf0\x9f\x91\x8d\"}", id);
  const wa_value *reaction = wait_event(&events, "message_reaction", "/data/parent", key);
  CHECK(is_text(reaction, "/data/emoji", "\xf0\x9f\x91\x8d"));
  tell_sim_text(rig->sim, "/sim/revokes", "{\"message\": \"%s\"}", id);
  wait_event(&events, "message_revoke_everyone", "/data/key", key);
  wa_value_free(written);
  wa_client_free(client);
  events_end(&events);
}

/* A subscriber that takes nothing until it may. */
struct slow {
  pthread_mutex_t lock;
  pthread_cond_t may;
  bool begun, go;
  struct events *into;
  wa_event_callback keep;
};

static void take_slowly(void *user_data, const wa_value *event) {
  struct slow *slow = (struct slow *)user_data;
  pthread_mutex_lock(&slow->lock);
  slow->begun = true;
  pthread_cond_broadcast(&slow->may);
  while (!slow->go) pthread_cond_wait(&slow->may, &slow->lock);
  pthread_mutex_unlock(&slow->lock);
  if (event == NULL) return;
  struct events *events = slow->into;
  pthread_mutex_lock(&events->lock);
  if (events->count < events->room) events->list[events->count++] = wa_value_copy(event);
  pthread_cond_broadcast(&events->more);
  pthread_mutex_unlock(&events->lock);
}

void event_overflow(struct rig *rig) {
  struct events events, late;
  struct slow slow;
  wa_subscription *subscription = NULL;
  wa_client *client = ready_client(rig, &events, "{\"eventQueue\": 100}");
  memset(&slow, 0, sizeof slow);
  memset(&late, 0, sizeof late);
  pthread_mutex_init(&slow.lock, NULL);
  pthread_cond_init(&slow.may, NULL);
  pthread_mutex_init(&late.lock, NULL);
  pthread_cond_init(&late.more, NULL);
  late.room = 1000;
  late.list = (wa_value **)calloc(late.room, sizeof *late.list);
  slow.into = &late;
  OK(wa_client_subscribe(client, "message", take_slowly, &slow, NULL, &subscription, &rig->error));
  tell_sim_text(rig->sim, "/sim/messages", "{\"from\": \"%s\", \"body\": \"first\"}", FRIEND);
  pthread_mutex_lock(&slow.lock);
  while (!slow.begun) pthread_cond_wait(&slow.may, &slow.lock);
  pthread_mutex_unlock(&slow.lock);
  /* In parts, so that the subscriber who is not slow does not lose any. */
  for (int part = 0; part < 6; part++) {
    char body[128];
    snprintf(body, sizeof body, "{\"from\": \"" FRIEND "\", \"body\": \"flood %d {i}\", \"count\": 20}", part);
    tell_sim(rig->sim, "POST", "/sim/messages", body);
    snprintf(body, sizeof body, "flood %d 19", part);
    wait_event(&events, "message", "/data/body", body);
  }
  pthread_mutex_lock(&slow.lock);
  slow.go = true;
  pthread_cond_broadcast(&slow.may);
  pthread_mutex_unlock(&slow.lock);
  CHECK(is_text(wait_event(&late, "message", NULL, NULL), "/data/body", "first"));
  const wa_value *lagged = wait_event(&late, "lagged", NULL, NULL);
  CHECK(wa_value_int(lagged, "/data/missed", 0) >= 100 && late.next == 2);
  wait_event(&late, "message", "/data/body", "flood 5 19");
  wa_client_free(client);
  late.subscription = subscription;
  events_end(&late);
  events_end(&events);
  pthread_cond_destroy(&slow.may);
  pthread_mutex_destroy(&slow.lock);
}

static void keep_seq(void *user_data, const wa_value *event) {
  struct told *told = (struct told *)user_data;
  pthread_mutex_lock(&told->lock);
  if (event != NULL && told->times == 0) told->times = (int)wa_value_int(event, "/seq", -1);
  pthread_cond_broadcast(&told->done);
  pthread_mutex_unlock(&told->lock);
}

void replay_events(struct rig *rig) {
  struct events events;
  wa_client *client = ready_client(rig, &events, "{\"eventReplay\": 1000}");
  tell_sim_text(rig->sim, "/sim/messages", "{\"from\": \"%s\", \"body\": \"kept\"}", FRIEND);
  int64_t last = wa_value_int(wait_event(&events, "message", "/data/body", "kept"), "/seq", 0);
  for (int64_t after = 0; after < last; after += last - 1) {
    struct told first;
    wa_subscription *subscription = NULL;
    told_begin(&first);
    OK(wa_client_subscribe_after(client, (uint64_t)after, NULL, keep_seq, &first, NULL, &subscription, &rig->error));
    told_wait(&first);
    CHECK(first.times == (int)after + 1);
    wa_subscription_free(subscription);
    first.times = 1;
    told_end(&first);
  }
  wa_client_free(client);
  events_end(&events);
}
