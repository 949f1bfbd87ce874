#include "harness.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

void check(bool so, const char *what, const char *file, int line) {
  if (so) return;
  fflush(stdout);
  fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
  _Exit(1);
}

void succeeded(wa_code code, wa_error **error, const char *what, const char *file, int line) {
  if (code != WA_CODE_OK) fprintf(stderr, "%s\n", wa_error_json(*error));
  check(code == WA_CODE_OK && *error == NULL, what, file, line);
}

void clear(struct rig *rig) {
  wa_error_free(rig->error);
  rig->error = NULL;
}

/* Settings that make scenarios short; `more` is JSON that comes on top. */
wa_options *sim_options(struct rig *rig, const char *more) {
  wa_options *options = wa_options_new();
  char url[256];
  snprintf(url, sizeof url, "%s/", rig->sim);
  OK(wa_options_set_json(options, "{\"pacing\": null, \"checkInterval\": 500, \"reconnect\": {\"base\": 100}}", &rig->error));
  OK(wa_options_set_page_url(options, url, &rig->error));
  OK(wa_options_set_session_path(options, rig->directory, &rig->error));
  if (more != NULL) OK(wa_options_set_json(options, more, &rig->error));
  return options;
}

wa_client *new_client(struct rig *rig, const char *more) {
  wa_client *client = NULL;
  wa_options *options = sim_options(rig, more);
  OK(wa_client_new(options, &client, &rig->error));
  wa_options_free(options);
  return client;
}

void scan(struct rig *rig, wa_client *client) {
  wa_value *code = NULL;
  OK(wa_client_qr_code(client, &code, &rig->error));
  CHECK(code != NULL);
  tell_sim_text(rig->sim, "/sim/phone/scan", "{\"qr\": \"%s\"}", wa_value_string(code, "/payload", NULL));
  wa_value_free(code);
}

wa_client *ready_client(struct rig *rig, struct events *events, const char *more) {
  wa_client *client = new_client(rig, more);
  if (events != NULL) events_begin(events, rig, client);
  OK(wa_client_initialize(client, PATIENCE_MS, &rig->error));
  scan(rig, client);
  OK(wa_client_wait_ready(client, PATIENCE_MS, &rig->error));
  if (events != NULL) wait_event(events, "ready", NULL, NULL);
  return client;
}

void declare_friend(struct rig *rig) { tell_sim_text(rig->sim, "/sim/accounts", "{\"number\": \"%s\"}", FRIEND); }

char *read_picture(struct rig *rig, const uint8_t *png, size_t length) {
  char path[512];
  snprintf(path, sizeof path, "%s/code.png", rig->directory);
  FILE *file = fopen(path, "wb");
  CHECK(file != NULL && fwrite(png, 1, length, file) == length && fclose(file) == 0);
  printf("scan %s\n", path);
  fflush(stdout);
  char *text = (char *)malloc(4096);
  CHECK(text != NULL && fgets(text, 4096, stdin) != NULL);
  text[strcspn(text, "\n")] = 0;
  return text;
}

static void keep_event(void *user_data, const wa_value *event) {
  struct events *events = (struct events *)user_data;
  pthread_mutex_lock(&events->lock);
  if (event == NULL) {
    events->ended = true;
  } else {
    if (events->count == events->room) {
      events->room = events->room * 2 + 64;
      events->list = (wa_value **)realloc(events->list, events->room * sizeof *events->list);
      CHECK(events->list != NULL);
    }
    events->list[events->count++] = wa_value_copy(event);
  }
  pthread_cond_broadcast(&events->more);
  pthread_mutex_unlock(&events->lock);
}

void events_begin(struct events *events, struct rig *rig, wa_client *client) {
  memset(events, 0, sizeof *events);
  pthread_mutex_init(&events->lock, NULL);
  pthread_cond_init(&events->more, NULL);
  OK(wa_client_subscribe(client, "*", keep_event, events, NULL, &events->subscription, &rig->error));
}

static struct timespec deadline(void) {
  struct timespec at;
  clock_gettime(CLOCK_REALTIME, &at);
  at.tv_sec += PATIENCE_MS / 1000;
  return at;
}

static void tell_seen(const struct events *events, const char *name) {
  fprintf(stderr, "no %s; seen:", name);
  for (size_t n = 0; n < events->count; n++) fprintf(stderr, " %s", wa_event_name(events->list[n]));
  fprintf(stderr, "\n");
}

const wa_value *wait_event(struct events *events, const char *name, const char *pointer, const char *text) {
  struct timespec until = deadline();
  pthread_mutex_lock(&events->lock);
  for (;;) {
    while (events->next < events->count) {
      const wa_value *event = events->list[events->next++];
      if (strcmp(wa_event_name(event), name) == 0 && (pointer == NULL || is_text(event, pointer, text))) {
        pthread_mutex_unlock(&events->lock);
        return event;
      }
    }
    if (events->ended || pthread_cond_timedwait(&events->more, &events->lock, &until) == ETIMEDOUT) {
      tell_seen(events, name);
      check(false, "the event comes in time", __FILE__, __LINE__);
    }
  }
}

size_t count_texts(struct events *events, const char *name, const char *pointer, const char *text) {
  size_t count = 0;
  pthread_mutex_lock(&events->lock);
  for (size_t n = 0; n < events->count; n++) {
    const wa_value *event = events->list[n];
    if (strcmp(wa_event_name(event), name) == 0 && (pointer == NULL || is_text(event, pointer, text))) count++;
  }
  pthread_mutex_unlock(&events->lock);
  return count;
}

size_t count_events(struct events *events, const char *name) { return count_texts(events, name, NULL, NULL); }

void events_end(struct events *events) {
  wa_subscription_free(events->subscription);
  for (size_t n = 0; n < events->count; n++) wa_value_free(events->list[n]);
  free(events->list);
  pthread_cond_destroy(&events->more);
  pthread_mutex_destroy(&events->lock);
}

bool is_text(const wa_value *value, const char *pointer, const char *text) {
  const char *found = wa_value_string(value, pointer, NULL);
  return found != NULL && strcmp(found, text) == 0;
}

bool has_status(struct rig *rig, wa_client *client, const char *status) {
  wa_value *snapshot = NULL;
  OK(wa_client_connection_status(client, &snapshot, &rig->error));
  bool so = is_text(snapshot, "/status", status);
  wa_value_free(snapshot);
  return so;
}

void told_begin(struct told *told) {
  memset(told, 0, sizeof *told);
  pthread_mutex_init(&told->lock, NULL);
  pthread_cond_init(&told->done, NULL);
}

void told_callback(void *user_data, const wa_value *result, const wa_error *error) {
  struct told *told = (struct told *)user_data;
  pthread_mutex_lock(&told->lock);
  told->times++;
  told->code = wa_error_code(error);
  told->maybe_sent = wa_error_maybe_sent(error);
  told->result = wa_value_copy(result);
  if (wa_error_message_id(error) != NULL) snprintf(told->id, sizeof told->id, "%s", wa_error_message_id(error));
  pthread_cond_broadcast(&told->done);
  pthread_mutex_unlock(&told->lock);
}

void told_wait(struct told *told) {
  struct timespec until = deadline();
  pthread_mutex_lock(&told->lock);
  while (told->times == 0) CHECK(pthread_cond_timedwait(&told->done, &told->lock, &until) != ETIMEDOUT);
  pthread_mutex_unlock(&told->lock);
}

void told_end(struct told *told) {
  CHECK(told->times == 1);
  wa_value_free(told->result);
  pthread_cond_destroy(&told->done);
  pthread_mutex_destroy(&told->lock);
}

size_t count_threads(void) {
  size_t count = 0;
  DIR *tasks = opendir("/proc/self/task");
  CHECK(tasks != NULL);
  for (struct dirent *entry; (entry = readdir(tasks)) != NULL;) count += entry->d_name[0] != '.';
  closedir(tasks);
  return count;
}

size_t count_children(void) {
  size_t count = 0;
  DIR *processes = opendir("/proc");
  CHECK(processes != NULL);
  for (struct dirent *entry; (entry = readdir(processes)) != NULL;) {
    char path[300], line[1024];
    snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
    FILE *stat = entry->d_name[0] >= '1' && entry->d_name[0] <= '9' ? fopen(path, "r") : NULL;
    if (stat == NULL) continue;
    int parent = 0;
    const char *name_end = fgets(line, sizeof line, stat) == NULL ? NULL : strrchr(line, ')');
    if (name_end != NULL && sscanf(name_end + 1, " %*c %d", &parent) == 1) count += parent == (int)getpid();
    fclose(stat);
  }
  closedir(processes);
  return count;
}

void wait_nothing_left(size_t threads, size_t children) {
  /* A thread that was waited for is in the list for a moment more: the kernel first tells and then tidies up. */
  for (int turn = 0; turn < 200 && (count_threads() > threads || count_children() > children); turn++) poll(NULL, 0, 10);
  CHECK(count_threads() == threads);
  CHECK(count_children() == children);
}
