'use strict';

/** Returns at once; the page unlinks the device, wipes its storage and loads itself anew. */
operation('logout', () => {
  if (!use('registered')()) throw failure('not_authenticated', 'no account is linked');
  use('socket').logout();
});
