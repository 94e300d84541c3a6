import { describe, expect, it } from 'vitest';
import { readTsmReport, TSM_REPORT_DIRECTORY } from '../../src/attestation/configfs-tsm.ts';
import { createFakeTsm, type FakeTsm, type FakeTsmOptions, fileError } from './fake-tsm.ts';

const { signal } = new AbortController();
const DATA = new Uint8Array(64).map((_, i) => i);
const REPORT = new Uint8Array(1_184).fill(7);

const create = (more: Partial<FakeTsmOptions> = {}): FakeTsm =>
  createFakeTsm({
    directory: TSM_REPORT_DIRECTORY,
    provider: 'sev_guest',
    report: () => REPORT,
    ...more,
  });
const read = (files: FakeTsm, directory?: string) =>
  readTsmReport(DATA, { name: 'p-1', signal, files, ...(directory === undefined ? {} : { directory }) });

describe("the kernel's report interface", () => {
  it('gives the report over what was written, the certificates and the driver, and leaves nothing', async () => {
    const auxiliary = Uint8Array.of(1, 2, 3);
    const fake = create({ report: (data) => data.toReversed(), auxiliary });
    expect(await read(fake)).toEqual({ provider: 'sev_guest', report: DATA.toReversed(), auxiliary });
    expect(fake.requests).toEqual([DATA]);
    expect(fake.directories.size).toBe(0);
  });

  it('takes over a request that a killed run left', async () => {
    const fake = create();
    await fake.mkdir(`${TSM_REPORT_DIRECTORY}/p-1`);
    await fake.writeFile(`${TSM_REPORT_DIRECTORY}/p-1/inblob`, Uint8Array.of(1));
    expect(await read(fake)).toMatchObject({ report: REPORT });
  });

  it('does without certificates where the driver has none', async () => {
    const answer = await read(create({ provider: 'tdx_guest' }));
    expect(answer).toMatchObject({ provider: 'tdx_guest', auxiliary: new Uint8Array() });
  });

  it('asks again when somebody else wrote meanwhile, and believes nothing that came with it', async () => {
    let made = 0;
    const fake = create({
      report: (data) => data.map((byte) => byte ^ ++made),
      foreignWrites: (request) => (request < 3 ? 1 : 0),
    });
    const { report } = await read(fake);
    expect(fake.requests).toHaveLength(3);
    expect(report[0]).toBe(2 * DATA.length + 1);
  });

  it.each(['EBUSY', 'EAGAIN', 'EINTR'])('asks a busy driver again: %s', async (code) => {
    let tries = 0;
    const fake = create({
      report: () => {
        tries += 1;
        if (tries < 2) throw fileError(code);
        return REPORT;
      },
    });
    expect(await read(fake)).toMatchObject({ report: REPORT });
    expect(tries).toBe(2);
  });

  it('gives up where others write all the time, and where the driver refuses', async () => {
    const fake = create({ foreignWrites: () => 1 });
    await expect(read(fake)).rejects.toThrow('others write to it all the time');
    expect(fake.requests).toHaveLength(5);
    const refusing = create({
      report: () => {
        throw fileError('EIO');
      },
    });
    await expect(read(refusing)).rejects.toThrow('EIO');
    expect(refusing.requests).toHaveLength(1);
    expect(fake.directories.size + refusing.directories.size).toBe(0);
  });

  it('says what is missing on a machine that is no confidential VM', async () => {
    await expect(read(create(), '/elsewhere')).rejects.toThrow('/elsewhere: no reports here (ENOENT)');
    const real = readTsmReport(DATA, { name: 'p-1', signal, directory: '/nonexistent/report' });
    await expect(real).rejects.toThrow('/nonexistent/report: no reports here (ENOENT)');
  });

  it('takes 64 bytes at most', async () => {
    await expect(readTsmReport(new Uint8Array(65), { name: 'p-1', signal })).rejects.toThrow(RangeError);
  });
});
