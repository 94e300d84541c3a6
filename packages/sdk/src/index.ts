export { addressToText, isSameAddress, textToAddress } from './encoding/address.ts';
export { base64ToBytes, bytesToBase64 } from './encoding/base64.ts';
export { bytesToCb58, cb58ToBytes } from './encoding/cb58.ts';
export { secondsToTimestamp, timestampToSeconds } from './encoding/timestamp.ts';
export { canonicalizeJson } from './json/canonicalize-json.ts';
export { parseJson } from './json/parse-json.ts';
export { stringifyJson } from './json/stringify-json.ts';
