'use strict';

// Hooks of the login walk (README.md). What a file registers for one hook runs in load order.
{
  const hooks = new Map();

  __sim.session = {
    /** `fn(argument)` may be async; it is awaited. */
    on(hook, fn) {
      hooks.set(hook, [...(hooks.get(hook) || []), fn]);
    },

    async run(hook, argument) {
      for (const fn of hooks.get(hook) || []) {
        try {
          await fn(argument);
        } catch (error) {
          // One part of the page must not keep the rest from coming up.
          console.error(error);
        }
      }
    },
  };
}
