'use strict';

// The only file that names modules of the page. A capability is one thing we need, with the places where it may be:
// `Module.export` in order of preference, behind what has to be found there. Without those of `login` nobody can be linked,
// without those of `main` a linked account is of no use; the page may bring the latter only after login. Each of the others
// disables only its own calls.

const CAPABILITIES = new Map([
  ...places('login', {
    socket: [modelOf('state', 'stream'), 'WAWebSocketModel.Socket'],
    stream: [modelOf('mode'), 'WAWebStreamModel.Stream'],
    connection: [having('on'), 'WAWebConnModel.Conn'],
    commands: [having('on'), 'WAWebCmd.Cmd'],
    backend_events: [having('on', 'triggerRefreshQR'), 'WAWebBackendEventBus.BackendEventBus'],
    registered: [aFunction, 'WAWebUserPrefsMultiDevice.isRegistered'],
    own_number: [aFunction, 'WAWebUserPrefsMeUser.getMaybeMePnUser'],
    own_lid: [aFunction, 'WAWebUserPrefsMeUser.getMaybeMeLidUser'],
    noise_keys: [having('get'), 'WAWebUserPrefsInfoStore.waNoiseInfo'],
    identity_keys: [having('getRegistrationInfo'), 'WAWebSignalStoreApi.waSignalStore'],
    adv_secret: [aFunction, 'WAWebAdvSignatureApi.getADVSecretKey', 'WAWebUserPrefsMultiDevice.getADVSecretKey'],
    device_platform: [aText, 'WAWebCompanionRegClientUtils.DEVICE_PLATFORM'],
  }),
  ...places('main', {
    is_me: [aFunction, 'WAWebUserPrefsMeUser.isMeAccount'],
    messages: [having('on', 'get', 'getModelsArray', 'getMessagesById', 'remove'), 'WAWebMsgCollection.MsgCollection', 'WAWebCollections.default.Msg'],
    chats: [having('get', 'getModelsArray'), 'WAWebChatCollection.ChatCollection', 'WAWebCollections.default.Chat'],
    create_wid: [aFunction, 'WAWebWidFactory.createWid'],
    number_of_lid: [aFunction, 'WAWebApiContact.getPhoneNumber', 'WAWebLidMigrationUtils.toPn'],
    lid_of_number: [aFunction, 'WAWebApiContact.getCurrentLid', 'WAWebLidMigrationUtils.toLid'],
    exists: [aFunction, 'WAWebQueryExistsJob.queryWidExists'],
    find_chat: [aFunction, 'WAWebFindChatAction.findOrCreateLatestChat'],
    text_data: [aFunction, 'WAWebSendTextMsgChatAction.createTextMsgData'],
    send_message: [aFunction, 'WAWebSendMsgChatAction.addAndSendMsgToChat'],
  }),
  ...places(null, {
    version: [aText, 'WAWebBuildConstants.VERSION_STR', 'WAWebUpdaterVersion.SANITIZED_VERSION_STR'],
    adv_secret_events: [having('on'), 'WAWebUserPrefsMultiDevice.advSecretEventEmitter'],
    qr_for_camera: [aFunction, 'WAWebNativeCameraQRLinkedDeviceUtils.isNativeCameraQRLinkedDeviceTest'],
    knobs: [having('_'), 'justknobx.default'],
    network: [having('checkOnline'), 'WAWebNetworkStatus.default'],
    offline_progress: [having('hasInitOfflineResumeManager', 'getOfflineDeliveryProgress'), 'WAWebOfflineHandler.OfflineMessageHandler'],
    pairing_type: [constants('ALT_DEVICE_LINKING', 'QR_CODE'), 'WAWebPairingType.PairingType'],
    pairing_set_type: [aFunction, 'WAWebAltDeviceLinkingApi.setPairingType'],
    pairing_prepare: [aFunction, 'WAWebAltDeviceLinkingApi.initializeAltDeviceLinking'],
    pairing_code: [
      aFunction,
      'WAWebAltDeviceLinkingApi.startAltLinkingFlow',
      'WAWebLinkDeviceAction.genLinkDeviceCodeForPhoneNumber',
    ],
    pairing_cancel: [aFunction, 'WAWebAltDeviceLinkingApi.initializeQRLinking'],
    pairing_events: [having('on'), 'WAWebLinkDeviceEvents.WAWebLinkDeviceEvents'],
    logout_reason: [aFunction, 'WAWebReloadAfterLogout.reloadAfterLogout', 'WAWebLogoutReason.getErrorCodeFromLogoutReason'],
    restriction: [aFunction, 'WAWebReachoutTimelockUtils.isUserReachoutTimelocked'],
    resend: [aFunction, 'WAWebResendMsgAction.resendMsg'],
    mark_seen: [aFunction, 'WAWebUpdateUnreadChatAction.sendSeen'],
    group_metadata: [having('find'), 'WAWebGroupMetadataCollection.default', 'WAWebCollections.default.WAWebGroupMetadataCollection'],
    load_earlier: [aFunction, 'WAWebChatLoadMessages.loadEarlierMsgs'],
    message_key: [having('fromString'), 'WAWebMsgKey.default'],
    alternate_key: [aFunction, 'WAWebLidMigrationUtils.getAlternateMsgKey'],
    reactions: [aFunction, 'WAWebUpdateReactionMessageUIAction.updateReactionCollection'],
    edited: [aFunction, 'WAWebUpdateEditedMessagesAction.updateEditedMessagesAction'],
    acks_of_others: [aFunction, 'WAWebUpdateMsgAcksAction.updateMsgOtherAcks'],
    acks_of_peers: [aFunction, 'WAWebUpdateMsgAcksAction.updateMsgPeerAcks'],
    call_states: [anObject, 'WAWebVoipWaCallEnums.CallState'],
    calls: [having('processIncomingCall', 'setActiveCall'), 'WAWebCallCollection.default', 'WAWebCollections.default.WAWebCallCollection'],
  }),
]);

function places(part, table) {
  return Object.entries(table).map(([name, [shape, ...texts]]) => [name, { part, shape, at: texts.map(parsePlace) }]);
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

/** Places that are there and do not do what they should, found by trying: `capability Module.export` to what is wrong. */
const broken = new Map();

const labelOf = (name, place) => `${name} ${place.module}.${place.path}`;

/** What is in a place: `{value, holder, key}`, or undefined. */
function lookInto(place) {
  const path = place.path.split('.');
  const key = path.pop();
  let holder = namespaceOf(place.module);
  for (const step of path) holder = holder?.[step];
  const value = holder?.[key];
  return isNothing(value) ? undefined : { value, holder, key };
}

/** The first place of a capability that can be used, and what is wrong with the first that cannot. */
function search(name) {
  const { at, shape } = CAPABILITIES.get(name);
  let unfit;
  for (const [index, place] of at.entries()) {
    let problem;
    try {
      const found = lookInto(place);
      if (!found) continue;
      problem = shape(found.value) ?? broken.get(labelOf(name, place));
      if (problem === undefined) return { ...found, place, index };
    } catch {
      problem = 'fails when looked at';
    }
    unfit ??= { place, problem };
  }
  return { unfit };
}

/** Where a capability is now: `{value, holder, key, place, index}`, or undefined. */
function locate(name) {
  const found = search(name);
  return found.place ? found : undefined;
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
  guard('trial', tryAtOnce)();
  const report = [];
  const linked = isLinked();
  for (const [name, { part, at }] of CAPABILITIES) {
    const found = search(name);
    const { module, path } = found.place ?? found.unfit?.place ?? at[0];
    const line = { capability: name, core: part === 'login' || (part === 'main' && linked), status: 'missing', module, export: path };
    if (found.place) line.status = found.index === 0 ? 'ok' : 'fallback';
    else Object.assign(line, { tried: at.map((place) => `${place.module}.${place.path}`), problem: found.unfit?.problem });
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
