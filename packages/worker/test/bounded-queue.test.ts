import { expect, it } from 'vitest';
import { createBoundedQueue } from '../src/watcher/bounded-queue.ts';

it('hands out in order and lets writers wait while it is full', async () => {
  const queue = createBoundedQueue<number>(2);
  await queue.push(1);
  await queue.push(2);
  let isIn = false;
  const third = queue.push(3).then((pushed) => {
    isIn = pushed;
  });
  await Promise.resolve();
  expect(isIn).toBe(false);
  expect(await queue.take()).toBe(1);
  await third;
  expect(isIn).toBe(true);
  expect([await queue.take(), await queue.take()]).toEqual([2, 3]);
});

it('ends waiting readers and writers when it is closed', async () => {
  const queue = createBoundedQueue<number>(1);
  const reader = queue.take();
  queue.close();
  expect(await reader).toBeUndefined();
  expect(await queue.push(1)).toBe(false);
});

it('serves several readers without losing or repeating a value', async () => {
  const queue = createBoundedQueue<number>(3);
  const taken: number[] = [];
  const readers = Array.from({ length: 4 }, async () => {
    for (let value = await queue.take(); value !== undefined; value = await queue.take()) taken.push(value);
  });
  for (let i = 0; i < 100; i++) await queue.push(i);
  while (taken.length < 100) await new Promise((resolve) => setTimeout(resolve, 1));
  queue.close();
  await Promise.all(readers);
  expect(taken.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
});
