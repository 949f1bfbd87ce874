'use strict';
// Media: bytes in the page, their models, types and limits.
{
  const { module, use, attributesOf } = __sim;

  module('WAWebMediaTypes', (exports) => {
    const mirrored = (text) => Object.fromEntries(text.split(/\s+/).map((name) => [name, name]));
    exports.MediaDataStage = mirrored(`INIT EXISTS PREPARING UPLOADING FINALIZING SENDING REUPLOADING FETCHING DECRYPTING PROGRESSIVE_READY
      RESOLVED NEED_POKE NEED_UPLOAD ERROR_MISSING ERROR_UNSUPPORTED ERROR_TOO_LARGE ERROR_FORBIDDEN ERROR_FILE_NOT_READABLE REMOTE_UPLOADING REMOTE_NEED_UPLOAD`);
    exports.OUTWARD_TYPES = {
      IMAGE: 'image', VIDEO: 'video', AUDIO: 'audio', PTT: 'ptt', PTV: 'ptv', DOCUMENT: 'document', STICKER: 'sticker',
      STICKER_PACK: 'sticker-pack', UNKNOWN: 'unknown',
    };
    exports.DownloadStage = mirrored('INIT EXISTS PREPARING REUPLOADING FETCHING PROCESSING NEED_POKE ERROR_MISSING ERROR_UNSUPPORTED PROGRESSIVE_READY RESOLVED');
    exports.UploadStage = mirrored(`INIT PREPARING UPLOADING FINALIZING NEED_UPLOAD ERROR_FILE_NOT_READABLE ERROR_MISSING ERROR_TOO_LARGE ERROR_FORBIDDEN
      ERROR_THROTTLED UPLOADED`);
  });

  module('WAWebMediaFileErrors', (exports) => {
    const error = (name, fallback) => class extends Error {
      constructor(message = fallback, fields = {}) {
        super(message);
        this.name = name;
        Object.assign(this, fields);
      }
    };
    for (const name of ['InvalidImageFileType', 'InvalidMediaFileType', 'InvalidMediaCheckRepairFailedType', 'MediaFileEmpty', 'MediaFileFailedLoad', 'MediaFileTooLarge']) {
      exports[name] = error(name, name === 'InvalidImageFileType' ? 'Image tag load error' : name);
    }
  });

  module('WAWebFileUtils', (exports) => {
    exports.typeFromMimetype = (mimetype = '') => {
      const [kind] = mimetype.split('/');
      return ['image', 'video', 'audio'].includes(kind) ? kind : 'document';
    };
  });

  module('WAWebMediaGatingUtils', (exports) => {
    const MIB = 1048576;
    exports.getUploadLimit = (kind) => {
      if (kind === 'document' || kind === 'sticker-pack') return 2000 * MIB;
      const gate = { video: 'default_video_limit_mb', audio: 'default_audio_limit_mb', ptt: 'default_audio_limit_mb' }[kind] ?? 'default_media_limit_mb';
      return use('WAWebABProps').getABPropConfigValue(gate) * MIB;
    };
  });

  module('WAWebMmsMediaTypes', (exports) => {
    exports.msgToMediaType = ({ type, isGif, isNewsletter }) => {
      const kind = type === 'video' && isGif ? 'gif' : type;
      return isNewsletter ? `newsletter-${kind}` : kind;
    };
    exports.getMsgMediaType = (msg) =>
      exports.msgToMediaType({ type: msg.type, isGif: msg.isGif, isNewsletter: use('WAWebMsgGetters').getIsNewsletterMsg(msg) });
    exports.castToV4 = (type) => type;
    const VALID = {
      image: ['image/jpeg', 'image/png', 'image/webp'], sticker: ['image/webp', 'application/was'], video: ['video/mp4', 'video/3gpp'],
      audio: ['audio/ogg; codecs=opus', 'audio/mp4', 'audio/mpeg', 'audio/aac', 'audio/amr'],
    };
    exports.getValidMimeTypes = (type) => VALID[type === 'ptt' ? 'audio' : type === 'gif' || type === 'ptv' ? 'video' : type];
  });
  module('WAWebMediaDataUtils', (exports) => {
    exports.shouldUseMediaCache = (type) => ['image', 'sticker', 'video', 'gif'].includes(type);
  });

  module('WAMediaCalculateFilehash', (exports) => {
    const base64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
    exports.calculateFilehash = async (blob) => base64(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer()));
    exports.getRandomFilehash = async () => base64(crypto.getRandomValues(new Uint8Array(32)));
  });
  module('WAWebCryptoCreateMediaKeys', (exports) => {
    // 112 bytes out of HKDF-SHA256: iv 16, encKey 32, macKey 32, refKey 32.
    const INFO = {
      image: 'Image', sticker: 'Image', product: 'Image', video: 'Video', gif: 'Video', ptv: 'Video', audio: 'Audio', ptt: 'Audio', document: 'Document',
    };
    exports.default = async (mediaKey, type) => {
      const raw = typeof mediaKey === 'string' ? Uint8Array.from(atob(mediaKey), (c) => c.charCodeAt(0)) : mediaKey;
      const key = await crypto.subtle.importKey('raw', raw, 'HKDF', false, ['deriveBits']);
      const info = new TextEncoder().encode(`WhatsApp ${INFO[type] ?? 'Document'} Keys`);
      const bits = await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(32), info }, key, 112 * 8);
      const cut = (from, to) => new Uint8Array(bits.slice(from, to));
      return { iv: cut(0, 16), encKey: cut(16, 48), macKey: cut(48, 80), refKey: cut(80, 112) };
    };
  });

  module('WAWebMediaOpaqueData', (exports) => {
    /** Bytes with a count of users; after the last one let go they may not be used any more. */
    class OpaqueData {
      constructor(blob, mimetype) {
        this._blob = blob;
        this._mimetype = mimetype;
        this._users = 1;
        this._url = null;
      }
      static async createFromData(data, mimetype) {
        if (data instanceof OpaqueData) return data;
        return new OpaqueData(data instanceof Blob ? data : new Blob([data], { type: mimetype }), mimetype);
      }
      static async createFromBase64Jpeg(text) {
        return new OpaqueData(new Blob([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], { type: 'image/jpeg' }), 'image/jpeg');
      }
      throwIfReleased() {
        if (this._users <= 0) throw new Error('OpaqueData used after release');
        return this._blob;
      }
      retain() {
        this._users += 1;
      }
      release() {
        this._users -= 1;
        if (this._users <= 0 && this._url) URL.revokeObjectURL(this._url);
      }
      autoreleaseWhenPromiseCompletes(promise) {
        this.retain();
        const done = () => this.release();
        promise.then(done, done);
      }
      autorelease() {
        setTimeout(() => this.release(), 0);
      }
      url() {
        return (this._url ??= URL.createObjectURL(this.throwIfReleased()));
      }
      size() {
        return this.throwIfReleased().size;
      }
      type() {
        return this._mimetype ?? this.throwIfReleased().type;
      }
      forceToBlob() {
        return this.throwIfReleased();
      }
      formData() {
        return this.throwIfReleased();
      }
    }
    exports.default = OpaqueData;
  });

  module('WAWebMediaData', (exports) => {
    const { BaseModel, defineModel } = use('WAWebBaseModel');
    class MediaData extends BaseModel {}
    MediaData.attributes = attributesOf(
      `type size filehash encFilehash uploadhash filename mimetype width height duration fullHeight fullWidth aspectRatio isGif gifAttribution
       isViewOnce isVcardOverMmsDocument documentPageCount waveform directPath mediaKey mediaKeyTimestamp clientUrl deprecatedMms3Url
       streamingSidecar firstFrameSidecar mediaHandle`,
      'mediaStage preview mediaBlob parsedVcards renderableUrl animationDuration animatedAsNewMsg streamable fullPreviewData loadedSize',
      { mediaStage: 'INIT', isGif: false, gifAttribution: 0, isVcardOverMmsDocument: false },
    );
    Object.defineProperty(MediaData, 'Proxy', { value: 'mediaData' });
    exports.default = defineModel(MediaData);
  });

  module('WAWebMediaStorage', (exports) => {
    const { BaseModel, defineModel } = use('WAWebBaseModel');
    class MediaObject extends BaseModel {
      /** Takes the known facts of a medium over. */
      consolidate(values) {
        const fields = Object.fromEntries(Object.entries(values).filter(([name, value]) => value !== undefined && this._schema.definition[name]));
        this.set(fields);
      }
    }
    MediaObject.attributes = attributesOf('filehash type size mimetype mediaBlob uploadStage downloadStage loadedSize entries contentInfo', '', {
      uploadStage: 'INIT', downloadStage: 'INIT', loadedSize: 0, entries: () => ({}), contentInfo: () => ({}),
    });
    const MediaObjectModel = defineModel(MediaObject);
    const objects = new Map();
    exports.getMediaObject = (filehash) => objects.get(filehash);
    exports.getOrCreateMediaObject = (filehash) => {
      if (!objects.has(filehash)) objects.set(filehash, new MediaObjectModel({ filehash }));
      return objects.get(filehash);
    };
  });

  module('WAWebMediaInMemoryBlobCache', (exports) => {
    /** Blobs by filehash; answers at once. */
    class InMemoryMediaBlobCacheImpl {
      entries = new Map();
      urls = new Map();
      get(filehash) { return this.entries.get(filehash); }
      has(filehash) { return this.entries.has(filehash); }
      put(filehash, blob) { this.entries.set(filehash, blob); }
      delete(filehash) { this.entries.delete(filehash); }
      clear() {
        for (const filehash of [...this.urls.keys()]) this.revokeURL(filehash, this.urls.get(filehash));
        this.entries.clear();
      }
      getOrCreateURL(filehash) {
        const blob = this.get(filehash);
        if (!blob) throw new Error(`There is no blob matching filehash: ${filehash}.`);
        if (!this.urls.has(filehash)) this.urls.set(filehash, URL.createObjectURL(blob));
        return this.urls.get(filehash);
      }
      revokeURL(filehash, url) {
        URL.revokeObjectURL(url);
        this.urls.delete(filehash);
      }
      increaseUsageCount() {}
      decreaseUsageCount() {}
    }
    exports.InMemoryMediaBlobCacheImpl = InMemoryMediaBlobCacheImpl;
    exports.InMemoryMediaBlobCache = new InMemoryMediaBlobCacheImpl();
  });

  module('WAWebMediaStore', (exports) => {
    /** Bytes by filehash; a store on disk, so every answer is a promise. */
    class MediaStore {
      entries = new Map();
      async get(filehash) { return this.entries.get(filehash); }
      async has(filehash) { return this.entries.has(filehash); }
      async put(filehash, bytes) { this.entries.set(filehash, bytes); }
      async del(filehash) { this.entries.delete(filehash); }
      async count() { return this.entries.size; }
      async clear() { this.entries.clear(); }
    }
    exports.MediaStore = MediaStore;
    exports.LruMediaStore = new MediaStore();
  });

  {
    const FIELDS = ['type', 'size', 'filehash', 'encFilehash', 'filename', 'mimetype', 'width', 'height', 'duration', 'isGif', 'directPath',
      'mediaKey', 'mediaKeyTimestamp', 'waveform', 'isViewOnce'];
    __sim.mediaDataOf = (msg) => {
      const MediaData = use('WAWebMediaData').default;
      const values = Object.fromEntries(FIELDS.filter((name) => msg[name] !== undefined).map((name) => [name, msg[name]]));
      return new MediaData({ ...values, mediaStage: msg.id?.fromMe ? 'RESOLVED' : 'INIT' });
    };
  }

  const qpl = (name, start) =>
    module(name, (exports) => {
      const marker = { addAnnotations: () => marker, addPoint: () => marker, endSuccess() {}, endFail() {}, endFailWithError() {}, endCancel() {} };
      exports[start] = () => marker;
    });
  qpl('WAWebStartMediaUploadQpl', 'startMediaUploadQpl');
  qpl('WAWebStartMediaDownloadQpl', 'startMediaDownloadQpl');
}
