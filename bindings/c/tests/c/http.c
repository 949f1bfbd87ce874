/* Enough of HTTP/1.1 to steer the simulator. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"

/* The whole answer to a request; free it. */
static char *exchange(const char *sim, const char *method, const char *path, const char *body) {
  const char *port = strrchr(sim, ':');
  CHECK(port != NULL);
  struct sockaddr_in address;
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_port = htons((uint16_t)atoi(port + 1));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  CHECK(connection >= 0);
  CHECK(connect(connection, (const struct sockaddr *)&address, sizeof address) == 0);
  if (body == NULL) body = "";
  size_t room = strlen(path) + strlen(body) + 512;
  char *request = (char *)malloc(room);
  CHECK(request != NULL);
  int length = snprintf(request, room,
                        "%s %s HTTP/1.1\r\nHost: 127.0.0.1%s\r\nConnection: close\r\nContent-Type: application/json\r\n"
                        "Content-Length: %zu\r\n\r\n%s",
                        method, path, port, strlen(body), body);
  CHECK(length > 0 && (size_t)length < room);
  for (size_t sent = 0; sent < (size_t)length;) {
    ssize_t part = send(connection, request + sent, (size_t)length - sent, MSG_NOSIGNAL);
    CHECK(part > 0);
    sent += (size_t)part;
  }
  free(request);
  size_t got = 0, space = 65536;
  char *answer = (char *)malloc(space + 1);
  for (;;) {
    CHECK(answer != NULL);
    ssize_t part = recv(connection, answer + got, space - got, 0);
    CHECK(part >= 0);
    if (part == 0) break;
    got += (size_t)part;
    if (got == space) answer = (char *)realloc(answer, (space *= 2) + 1);
  }
  answer[got] = 0;
  close(connection);
  return answer;
}

int ask_status(const char *sim, const char *method, const char *path, const char *body) {
  char *answer = exchange(sim, method, path, body);
  int status = 0;
  CHECK(sscanf(answer, "HTTP/1.1 %d", &status) == 1);
  free(answer);
  return status;
}

wa_value *call_sim(const char *sim, const char *method, const char *path, const char *body) {
  char *answer = exchange(sim, method, path, body);
  char *content = strstr(answer, "\r\n\r\n");
  CHECK(content != NULL);
  wa_value *value = wa__testing_value(content + 4);
  if (!wa_value_bool(value, "/ok", false)) fprintf(stderr, "%s %s: %s\n", method, path, content + 4);
  CHECK(wa_value_bool(value, "/ok", false));
  free(answer);
  return value;
}

void tell_sim(const char *sim, const char *method, const char *path, const char *body) {
  wa_value_free(call_sim(sim, method, path, body));
}

void tell_sim_text(const char *sim, const char *path, const char *format, const char *text) {
  char body[2048];
  const char *place = strstr(format, "%s");
  CHECK(place != NULL && strlen(format) + strlen(text) < sizeof body);
  snprintf(body, sizeof body, "%.*s%s%s", (int)(place - format), format, text, place + 2);
  tell_sim(sim, "POST", path, body);
}

long sim_mark(const char *sim) {
  wa_value *state = call_sim(sim, "GET", "/sim/state", NULL);
  long mark = (long)wa_value_int(state, "/seq", -1);
  wa_value_free(state);
  return mark;
}

void sim_wait(const char *sim, long since, const char *kind) {
  char path[256];
  snprintf(path, sizeof path, "/sim/events?since=%ld&kinds=%s&wait_ms=30000", since, kind);
  for (int turn = 0; turn < 3; turn++) {
    wa_value *answer = call_sim(sim, "GET", path, NULL);
    bool found = wa_value_count(answer, "/events") > 0;
    wa_value_free(answer);
    if (found) return;
  }
  check(false, kind, __FILE__, __LINE__);
}

long sim_outbox(const char *sim) {
  wa_value *outbox = call_sim(sim, "GET", "/sim/outbox", NULL);
  long total = (long)wa_value_int(outbox, "/total", -1);
  wa_value_free(outbox);
  return total;
}
