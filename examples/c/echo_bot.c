/* Answers every text message with the same text. WHATSAPP_WEB_URL takes it to a simulator.
 *
 *   cc -std=c11 echo_bot.c $(pkg-config --cflags --libs wa_client) -o echo-bot
 */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wa_client.h"

/* Says what failed, if anything did, and nothing about people. */
static wa_code tell(wa_code code, wa_error *error) {
  if (error != NULL) fprintf(stderr, "%s\n", wa_error_text(error));
  wa_error_free(error);
  return code;
}

static void echo(wa_client *client, const wa_value *message) {
  const char *chat = wa_value_string(message, "/data/chat", NULL);
  const char *body = wa_value_string(message, "/data/body", NULL);
  wa_send_options *options = wa_send_options_new();
  wa_error *error = NULL;
  wa_code code = wa_send_options_set_quoted(options, wa_value_string(message, "/data/key", NULL), &error);
  if (code == WA_CODE_OK) code = wa_client_send_message(client, chat, body, options, NULL, &error);
  /* One failure must not end the bot. */
  tell(code, error);
  wa_send_options_free(options);
}

/* Runs on a thread of the subscription, where calls may block. */
static void on_event(void *client, const wa_value *event) {
  const char *name = wa_event_name(event);
  if (strcmp(name, "qr") == 0) {
    char *drawing = NULL;
    wa_error *error = NULL;
    tell(wa_qr_terminal(wa_value_string(event, "/data/payload", NULL), &drawing, &error), error);
    printf("%s\nScan it with the phone.\n", drawing == NULL ? "" : drawing);
    wa_string_free(drawing);
  } else if (strcmp(name, "ready") == 0) {
    printf("Ready.\n");
  } else if (strcmp(name, "message") == 0 && strcmp(wa_value_string(event, "/data/type", NULL), "chat") == 0) {
    echo((wa_client *)client, event);
  } else if (strcmp(name, "lagged") == 0) {
    fprintf(stderr, "%lld events were lost\n", (long long)wa_value_int(event, "/data/missed", 0));
  } else if (strcmp(name, "disconnected") == 0 && !wa_value_bool(event, "/data/willRetry", false)) {
    kill(getpid(), SIGTERM);
  }
  fflush(stdout);
}

int main(void) {
  wa_error *error = NULL;
  wa_client *client = NULL;
  wa_subscription *events = NULL;
  /* Blocked before there are other threads, which inherit that: the signals are for sigwait below. */
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGINT);
  sigaddset(&stop, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop, NULL);
  wa_options *options = wa_options_new();
  const char *url = getenv("WHATSAPP_WEB_URL");
  wa_code code = url == NULL ? WA_CODE_OK : wa_options_set_page_url(options, url, &error);
  if (code == WA_CODE_OK) code = wa_client_new(options, &client, &error);
  if (code == WA_CODE_OK) code = wa_client_subscribe(client, "*", on_event, client, NULL, &events, &error);
  if (code == WA_CODE_OK) code = wa_client_initialize(client, WA_FOREVER, &error);
  tell(code, error);
  int signal = 0;
  if (code == WA_CODE_OK) sigwait(&stop, &signal);
  wa_subscription_free(events);
  wa_client_free(client);
  wa_options_free(options);
  return code == WA_CODE_OK ? 0 : 1;
}
