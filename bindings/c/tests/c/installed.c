/* A program of a user: makes a client, asks for its state, ends it. Its argument is the version that must be there. */
#include <stdio.h>
#include <string.h>

#include <wa_client.h>

int main(int argc, char **argv) {
  wa_client *client = NULL;
  wa_value *status = NULL;
  wa_error *error = NULL;
  if (argc != 2 || strcmp(wa_version(), argv[1]) != 0 || strcmp(WA_VERSION, argv[1]) != 0) {
    fprintf(stderr, "library %s, header %s\n", wa_version(), WA_VERSION);
    return 1;
  }
  if (wa_client_new(NULL, &client, &error) != WA_CODE_OK ||
      wa_client_connection_status(client, &status, &error) != WA_CODE_OK) {
    fprintf(stderr, "%s\n", wa_error_text(error));
    return 1;
  }
  int ok = strcmp(wa_value_string(status, "/status", NULL), "DISCONNECTED") == 0;
  wa_value_free(status);
  wa_client_free(client);
  return ok ? 0 : 1;
}
