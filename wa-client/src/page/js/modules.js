'use strict';

// The only file that names modules of the page. A capability is one thing we need, with the places where it may be:
// `Module.export` in order of preference. Without those of `login` nobody can be linked, without those of `main` a linked
// account is of no use; the page may bring the latter only after login. Each of the others disables only its own calls.

const CAPABILITIES = new Map([
  ...places('login', {
    socket: ['WAWebSocketModel.Socket'],
    stream: ['WAWebStreamModel.Stream'],
    connection: ['WAWebConnModel.Conn'],
    commands: ['WAWebCmd.Cmd'],
    backend_events: ['WAWebBackendEventBus.BackendEventBus'],
    registered: ['WAWebUserPrefsMultiDevice.isRegistered'],
    own_number: ['WAWebUserPrefsMeUser.getMaybeMePnUser'],
    own_lid: ['WAWebUserPrefsMeUser.getMaybeMeLidUser'],
    noise_keys: ['WAWebUserPrefsInfoStore.waNoiseInfo'],
    identity_keys: ['WAWebSignalStoreApi.waSignalStore'],
    adv_secret: ['WAWebAdvSignatureApi.getADVSecretKey', 'WAWebUserPrefsMultiDevice.getADVSecretKey'],
    device_platform: ['WAWebCompanionRegClientUtils.DEVICE_PLATFORM'],
  }),
  ...places('main', {
    is_me: ['WAWebUserPrefsMeUser.isMeAccount'],
    messages: ['WAWebMsgCollection.MsgCollection', 'WAWebCollections.default.Msg'],
    chats: ['WAWebChatCollection.ChatCollection', 'WAWebCollections.default.Chat'],
    create_wid: ['WAWebWidFactory.createWid'],
    number_of_lid: ['WAWebApiContact.getPhoneNumber', 'WAWebLidMigrationUtils.toPn'],
    lid_of_number: ['WAWebApiContact.getCurrentLid', 'WAWebLidMigrationUtils.toLid'],
    exists: ['WAWebQueryExistsJob.queryWidExists'],
    find_chat: ['WAWebFindChatAction.findOrCreateLatestChat'],
    text_data: ['WAWebSendTextMsgChatAction.createTextMsgData'],
    send_message: ['WAWebSendMsgChatAction.addAndSendMsgToChat'],
  }),
  ...places(null, {
    version: ['WAWebBuildConstants.VERSION_STR', 'WAWebUpdaterVersion.SANITIZED_VERSION_STR'],
    adv_secret_events: ['WAWebUserPrefsMultiDevice.advSecretEventEmitter'],
    qr_for_camera: ['WAWebNativeCameraQRLinkedDeviceUtils.isNativeCameraQRLinkedDeviceTest'],
    knobs: ['justknobx.default'],
    network: ['WAWebNetworkStatus.default'],
    offline_progress: ['WAWebOfflineHandler.OfflineMessageHandler'],
    pairing_type: ['WAWebPairingType.PairingType'],
    pairing_set_type: ['WAWebAltDeviceLinkingApi.setPairingType'],
    pairing_prepare: ['WAWebAltDeviceLinkingApi.initializeAltDeviceLinking'],
    pairing_code: [
      'WAWebAltDeviceLinkingApi.startAltLinkingFlow',
      'WAWebLinkDeviceAction.genLinkDeviceCodeForPhoneNumber',
    ],
    pairing_cancel: ['WAWebAltDeviceLinkingApi.initializeQRLinking'],
    pairing_events: ['WAWebLinkDeviceEvents.WAWebLinkDeviceEvents'],
    logout_reason: ['WAWebReloadAfterLogout.reloadAfterLogout', 'WAWebLogoutReason.getErrorCodeFromLogoutReason'],
    restriction: ['WAWebReachoutTimelockUtils.isUserReachoutTimelocked'],
    resend: ['WAWebResendMsgAction.resendMsg'],
    mark_seen: ['WAWebUpdateUnreadChatAction.sendSeen'],
    group_metadata: ['WAWebGroupMetadataCollection.default', 'WAWebCollections.default.WAWebGroupMetadataCollection'],
    load_earlier: ['WAWebChatLoadMessages.loadEarlierMsgs'],
    message_key: ['WAWebMsgKey.default'],
    alternate_key: ['WAWebLidMigrationUtils.getAlternateMsgKey'],
    reactions: ['WAWebUpdateReactionMessageUIAction.updateReactionCollection'],
    edited: ['WAWebUpdateEditedMessagesAction.updateEditedMessagesAction'],
    acks_of_others: ['WAWebUpdateMsgAcksAction.updateMsgOtherAcks'],
    acks_of_peers: ['WAWebUpdateMsgAcksAction.updateMsgPeerAcks'],
    call_states: ['WAWebVoipWaCallEnums.CallState'],
    calls: ['WAWebCallCollection.default', 'WAWebCollections.default.WAWebCallCollection'],
  }),
]);

function places(part, table) {
  return Object.entries(table).map(([name, texts]) => [name, { part, at: texts.map(parsePlace) }]);
}

/** `Module.export`; both may hold dots: `Name.react.export` and `Module.default.member`. */
function parsePlace(text) {
  const inside = text.indexOf('.default.');
  const cut = inside > 0 ? inside : text.lastIndexOf('.');
  return { module: text.slice(0, cut), path: text.slice(cut + 1) };
}

/** Puts the places of the configuration before the built-in ones. */
function applyOverrides(overrides) {
  for (const [name, texts] of Object.entries(overrides || {})) {
    const capability = CAPABILITIES.get(name);
    if (capability && Array.isArray(texts)) capability.at.unshift(...texts.map(String).map(parsePlace));
    else fault('overrides', new RangeError('no such capability, or not a list of places'));
  }
}

function loaderReady() {
  return typeof window.require === 'function' && typeof window.importNamespace === 'function';
}

const registry = { map: null, tries: 0 };

/** The page's table of modules, by which one can ask for a name without consequences; some builds have none. */
function moduleTable() {
  if (!registry.map && registry.tries < 20 && loaderReady()) {
    registry.tries += 1;
    try {
      const debug = window.require('__debug');
      registry.map = (debug && debug.modulesMap) || null;
    } catch {
      registry.map = null;
    }
  }
  return registry.map;
}

/** The exports of a module, or undefined: what is unknown may throw, or be undefined, depending on who asks. */
function namespaceOf(module) {
  if (!loaderReady()) return undefined;
  const table = moduleTable();
  if (table && !(module in table)) return undefined;
  try {
    return window.importNamespace(module) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Where a capability is now: `{value, holder, key, place, index}`, or undefined. */
function locate(name) {
  const { at } = CAPABILITIES.get(name);
  for (const [index, place] of at.entries()) {
    const path = place.path.split('.');
    const key = path.pop();
    let holder = namespaceOf(place.module);
    for (const step of path) holder = holder?.[step];
    const value = holder?.[key];
    if (value !== undefined && value !== null) return { value, holder, key, place, index };
  }
  return undefined;
}

/** The capability, looked up anew each time: the page may replace exports. */
function maybe(name) {
  return locate(name)?.value;
}

function use(name) {
  const value = maybe(name);
  if (value === undefined) {
    throw failure('capability_unavailable', 'the page lacks what this operation needs', { capability: name });
  }
  return value;
}

/** One line per capability, for the `probe` event. What is core depends on how far the page has come. */
function survey() {
  const report = [];
  const linked = maybe('registered')?.() === true;
  for (const [name, { part, at }] of CAPABILITIES) {
    const found = locate(name);
    const { module, path } = (found || { place: at[0] }).place;
    const line = { capability: name, core: part === 'login' || (part === 'main' && linked), status: 'missing', module, export: path };
    if (found) line.status = found.index === 0 ? 'ok' : 'fallback';
    else line.tried = at.map((place) => `${place.module}.${place.path}`);
    report.push(line);
  }
  return report;
}

/** How many modules the page has, and of how many capabilities of its login one place is there, without running any of them. */
function inventory() {
  const table = moduleTable();
  const core = [...CAPABILITIES.values()].filter((capability) => capability.part === 'login');
  if (!table) return { size: 0, present: null, needed: core.length };
  const present = core.filter((capability) => capability.at.some((place) => place.module in table)).length;
  return { size: Object.keys(table).length, present, needed: core.length };
}
