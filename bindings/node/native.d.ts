// Made by scripts/build.cjs from the Rust code. Not for users: their types are in index.d.ts.

/** Gives up the calls it was handed to. Made from an `AbortSignal`. */
export declare class NativeCancel {
  constructor()
  /** Gives up, now and for ever. */
  cancel(): void
}

/** A session. */
export declare class NativeClient {
  /** `config`: the JSON of the settings. */
  constructor(config: string)
  /** The name of the session. */
  get session(): string
  /** The JSON of the settings in use. */
  config(): string
  initialize(cancel?: NativeCancel | undefined | null): Promise<void>
  waitReady(cancel?: NativeCancel | undefined | null): Promise<void>
  /** JSON, or null. */
  getQRCode(cancel?: NativeCancel | undefined | null): Promise<string | null>
  /** JSON. */
  generateQRCode(cancel?: NativeCancel | undefined | null): Promise<string>
  /** JSON. */
  requestPairingCode(phone: string, cancel?: NativeCancel | undefined | null): Promise<string>
  cancelPairingCode(cancel?: NativeCancel | undefined | null): Promise<void>
  isAuthenticated(): boolean
  /** JSON. */
  getConnectionStatus(): string
  /** JSON, or null. */
  getCachedStatus(cancel?: NativeCancel | undefined | null): Promise<string | null>
  /** JSON, or null. */
  getCapabilityReport(): string | null
  /** JSON. */
  doctor(cancel?: NativeCancel | undefined | null): Promise<string>
  /** JSON. Given up by `cancel`, it tells whether the message may have left. */
  sendMessage(to: string, text: string, options: NativeSendOptions, cancel?: NativeCancel | undefined | null): Promise<string>
  isRegisteredUser(number: string, cancel?: NativeCancel | undefined | null): Promise<boolean>
  /** The level as a number, or null. */
  getMessageStatus(key: string, cancel?: NativeCancel | undefined | null): Promise<number | null>
  disconnect(cancel?: NativeCancel | undefined | null): Promise<void>
  reconnect(cancel?: NativeCancel | undefined | null): Promise<void>
  logout(cancel?: NativeCancel | undefined | null): Promise<void>
  shutdown(cancel?: NativeCancel | undefined | null): Promise<void>
  events(): NativeEvents
  eventsAfter(seq: number): NativeEvents
  /** For tests of the border: from now on waiting for events panics. */
  _testingBreakEvents(): void
}

/** A bounded queue of events of one client. */
export declare class NativeEvents {
  /** Waits until `take` has something (`true`), or until the subscription has ended and is drained (`false`). */
  ready(): Promise<boolean>
  /** Takes up to `max` events: a JSON list, or null when there is none at this moment. */
  take(max: number): string | null
  /** Ends the subscription; a pending `ready` answers `false`. */
  close(): void
}

/** What a send may be told. */
export interface NativeSendOptions {
  /** The key of the message that is answered. */
  quoted?: string
  /** The id of the message. */
  id?: string
  /** `queued`, `server`, `delivered` or `read`. */
  until?: string
  /** Milliseconds. */
  deadlineMs?: number
}

/** Fails at `stage`: `error` or `panic`. The argument itself fails by not being a text. */
export declare function _testingFail(stage: string): string

/** The same for a call that answers later; `result` fails while the answer is made. */
export declare function _testingFailLater(stage: string): Promise<string>

/** The codes of all errors, as the core writes them. */
export declare function errorCodes(): Array<string>

/** The names of all events. */
export declare function eventNames(): Array<string>

/** Hides all but the first and the last two characters. */
export declare function mask(text: string): string

/** The digits of a phone number in international form. */
export declare function parsePhone(text: string): string

export declare function qrDataURL(payload: string): string

export declare function qrPng(payload: string, scale: number): Buffer

export declare function qrSvg(payload: string): string

export declare function qrTerminal(payload: string): string

/** Starts a simulator; answers its address. `port` 0 takes a free one, `seed` is a number. */
export declare function startSimulator(port: number, seed?: string | undefined | null, token?: string | undefined | null): Promise<string>

/** Stops the simulator of this process and waits until its connections are closed. */
export declare function stopSimulator(): Promise<void>

/** The version of the library. */
export declare function version(): string
