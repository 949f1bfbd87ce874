'use strict';

/** Proves that the page answers. The state goes the way of all events, so that it cannot overtake a newer one. */
operation('ping', () => {
  const now = snapshot();
  told.state = JSON.stringify(now);
  emit('state', now);
});
