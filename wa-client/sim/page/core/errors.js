'use strict';

__sim.module('WAWebBackendErrors', (exports) => {
  class BackendError extends Error {
    constructor(message) {
      super(message);
      this.name = this.constructor.name;
    }
  }

  /** A store was written to while the page logs out. */
  class LogoutDrop extends BackendError {}

  /** The server answered a query with an error status. */
  class ServerStatusCodeError extends BackendError {
    constructor(status, text) {
      super(text || `server responded ${status}`);
      this.name = 'ServerStatusCodeError';
      this.status = status;
      this.statusCode = status;
    }
  }
  class E404 extends ServerStatusCodeError {
    constructor(text) { super(404, text); }
  }
  class E451 extends ServerStatusCodeError {
    constructor(text) { super(451, text); }
  }
  class E507 extends ServerStatusCodeError {
    constructor(text) { super(507, text); }
  }


  /** Adding people to groups too often; `backoff` in seconds. */
  class GroupAddParticipantTimeRateLimitServerError extends ServerStatusCodeError {
    constructor(status, backoff, limitType) {
      super(status);
      Object.assign(this, { name: 'GroupAddParticipantTimeRateLimitServerError', backoff, limitType });
    }
  }
  class GroupAddParticipantCountRateLimitServerError extends ServerStatusCodeError {
    constructor(status, participantLimit) {
      super(status);
      Object.assign(this, { name: 'GroupAddParticipantCountRateLimitServerError', participantLimit });
    }
  }
  /** The join has happened, but the group wants approval where the caller thought it did not, or the reverse. */
  class UnexpectedJoinGroupViaInviteResponse extends BackendError {
    constructor(gid, membershipApprovalMode) {
      super('unexpected join response');
      Object.assign(this, { gid, membershipApprovalMode });
    }
  }

  Object.assign(exports, {
    BackendError, LogoutDrop, ServerStatusCodeError, E404, E451, E507, GroupAddParticipantTimeRateLimitServerError,
    GroupAddParticipantCountRateLimitServerError, UnexpectedJoinGroupViaInviteResponse,
  });
});
