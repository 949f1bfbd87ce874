import wa from './index.cjs';

export const { Client, ERROR_CODES, EVENT_NAMES, WaError, mask, parsePhone, qr, version } = wa;
