/* Does wrong on purpose, to see that the sanitizers are there: leak, overflow, undefined or nothing. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wa_client.h"

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  wa_options *options = wa_options_new();
  if (strcmp(argv[1], "leak") == 0) {
    options = NULL;
  } else if (strcmp(argv[1], "overflow") == 0) {
    volatile char *bytes = (volatile char *)malloc(1);
    printf("%d\n", bytes[argc]);
    free((void *)bytes);
  } else if (strcmp(argv[1], "undefined") == 0) {
    volatile int most = INT_MAX;
    printf("%d\n", most + argc);
  }
  wa_options_free(options);
  return 0;
}
