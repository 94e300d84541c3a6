import { serialize } from '@aivm/core/bytes';
import { describe, expect, it } from 'vitest';
import { struct } from '../../src/bytes/codec/composites.ts';
import { u8 } from '../../src/bytes/codec/primitives.ts';
import { Overlay } from '../../src/state/overlay.ts';

const KEY = Uint8Array.of(1);
const codec = struct('Record', { value: u8 });
const bytesOf = (value: number): Uint8Array => serialize(codec, { value });
const empty = { get: () => undefined };

describe('records over a state', () => {
  it('are read as written, and as bytes', () => {
    const overlay = new Overlay(empty);
    overlay.setRecord(KEY, codec, { value: 7 });
    expect(overlay.record(KEY, codec)).toEqual({ value: 7 });
    expect(overlay.get(KEY)).toEqual(bytesOf(7));
    overlay.setRecord(KEY, codec, { value: 8 });
    expect([...overlay.writes().values()]).toEqual([bytesOf(8)]);
  });

  it('are what they were before a mark after a revert, whatever was serialized in between', () => {
    const overlay = new Overlay(empty);
    overlay.setRecord(KEY, codec, { value: 7 });
    const mark = overlay.mark();
    overlay.setRecord(KEY, codec, { value: 8 });
    overlay.serializeRecords();
    overlay.revert(mark);
    expect([...overlay.writes().values()]).toEqual([bytesOf(7)]);
    overlay.delete(KEY);
    expect(overlay.record(KEY, codec)).toBeUndefined();
    expect(overlay.writes().size).toBe(0);
  });

  it('refuse a value outside its type when they are serialized, and only the last of several', () => {
    const overlay = new Overlay(empty);
    overlay.setRecord(KEY, codec, { value: 256 });
    expect(() => overlay.serializeRecords()).toThrow('value');
    expect(() => overlay.get(KEY)).toThrow('value');
    overlay.setRecord(KEY, codec, { value: 255 });
    overlay.serializeRecords();
    expect(overlay.get(KEY)).toEqual(bytesOf(255));
  });

  it('equal to those below are no writes', () => {
    const overlay = new Overlay({ get: () => bytesOf(7) });
    overlay.setRecord(KEY, codec, { value: 8 });
    overlay.setRecord(KEY, codec, { value: 7 });
    expect(overlay.writes().size).toBe(0);
  });
});
