/** The page of `npm start` in headless Chromium. The model says each word when a test tells it to. */
import { join, resolve } from 'node:path';
import { defaultReply, type MockModel, say, startMockModel } from '@tokenwire/mock-llm';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Demo, findChromium, launch, NO_CHROMIUM, Tab, WAIT } from './chat-page.ts';

const executable = findChromium();
/** In CI a missing browser is a failure. */
const skipped = !executable && !process.env['CI'];
if (skipped) console.warn(`the tests of the page are skipped: ${NO_CHROMIUM}`);

/** `PAGE_PICTURES=folder` draws the pictures of the README there. */
const pictures = process.env['PAGE_PICTURES'];

const words = 'The |sky |scatters |blue |light |most|, |\u{1f30a} |as |we |see|.'.split('|');
const upTo = (count: number) => words.slice(0, count).join('');

describe.skipIf(skipped)(
  `the page in headless Chromium${skipped ? ` (skipped: ${NO_CHROMIUM})` : ''}`,
  { timeout: 60_000 },
  () => {
    const house = new AsyncDisposableStack();
    let browser: Browser;
    let model: MockModel;
    /** `npm start` as it is, only faster. */
    let plain: Demo;
    /** The demo with the model of this test behind it. */
    let demo: Demo;

    beforeAll(async () => {
      if (!executable) throw new Error(NO_CHROMIUM);
      model = house.use(await startMockModel());
      const env = { OPENAI_BASE_URL: model.baseUrl, OPENAI_API_KEY: 'none' };
      const starting = [
        launch(executable).then((it) => house.use(it)),
        Demo.start(['--delay-ms', '1']).then((it) => house.use(it)),
        Demo.start(['--model', 'gated'], env).then((it) => house.use(it)),
      ] as const;
      // When one fails the others are not left behind.
      await Promise.allSettled(starting);
      [browser, plain, demo] = await Promise.all(starting);
    }, 60_000);

    afterAll(() => house.disposeAsync());

    /** Registers the words under a key, each behind its barrier. Returns the prompt that asks for them. */
    function gated(key: string, texts: readonly string[] = words): string {
      return `Why is the sky blue? ${model.script(key, say(texts, { gate: true }))}`;
    }

    function release(key: string, from: number, to: number): void {
      for (let i = from; i < to; i++) model.release(key, String(i));
    }

    test('tokens arrive, and state, numbers and frames tell of them', async () => {
      await using tab = await Tab.open(browser, plain);
      const texts = defaultReply().flatMap((step) => (step.kind === 'text' ? [step.text] : []));
      await tab.ask('Why is the sky blue?');
      await tab.shows('.assistant .note', /^stop · /);
      await tab.shows('.assistant .text', texts.join(''));
      await tab.shows('#status', 'connected');
      await tab.shows('#newest', String(1 + texts.length));
      await tab.shows('#cursor', String(2 + texts.length));
      await tab.shows('#reconnects', '0');
      await expect.poll(() => tab.frameTypes(), WAIT).toBe('hello welcome generate start token end');
      expect((await tab.frames())[2]).toEqual({
        direction: 'out',
        type: 'generate',
        seq: '',
        says: '"Why is the sky blue?"',
      });
      expect(tab.errors).toEqual([]);
    });

    test('a cut in mid-answer shows, and after the restore the text is complete, once, without a reload', async () => {
      await using tab = await Tab.open(browser, demo);
      await tab.page.evaluate('globalThis.loadedOnce = true');
      const prompt = gated('cut');
      release('cut', 0, 4);
      await tab.ask(prompt);
      await tab.shows('.assistant .text', upTo(4));

      await tab.cut();
      await tab.shows('.assistant .note', 'no connection; the rest will follow');
      release('cut', 4, 8);
      await model.journal.until({ kind: 'written', key: 'cut', index: 7 });
      await tab.shows('.assistant .text', upTo(4));

      await tab.restore();
      await tab.shows('.assistant .text', upTo(8));
      await tab.shows('.assistant .note', 'answering…');
      await tab.shows('#resumed', 'after 5');
      await tab.shows('#reconnects', '1');

      release('cut', 8, words.length);
      await tab.shows('.assistant .note', /^stop · .*resumed after seq 5/);
      await tab.shows('.assistant .text', words.join(''));
      await tab.shows('#cursor', String(words.length + 2));
      expect(await tab.page.evaluate('globalThis.loadedOnce')).toBe(true);
      await expect
        .poll(() => tab.frameTypes(), WAIT)
        .toBe('hello welcome generate start token hello resume welcome resumed token end');
      expect(model.journal.of('cut').filter(({ kind }) => kind === 'received')).toHaveLength(1);
      expect(tab.errors).toEqual([]);
    });

    test('stop, by keyboard, ends the call of the model, and the next question is answered', async () => {
      await using tab = await Tab.open(browser, demo);
      const prompt = gated('stop');
      release('stop', 0, 3);
      await tab.ask(prompt);
      await tab.shows('.assistant .text', upTo(3));

      await tab.page.keyboard.press('Tab');
      await tab.page.keyboard.press('Enter');
      await tab.shows('.assistant .note', /^cancelled, model call aborted/);
      await model.journal.until({ kind: 'peer_gone', key: 'stop' });
      await expect.poll(() => tab.frameTypes(), WAIT).toMatch(/ token cancel (cancel_ok end|end cancel_ok)$/);
      await tab.shows('.assistant .text', upTo(3));

      expect(await tab.page.evaluate('document.activeElement.id')).toBe('prompt');
      expect(await tab.button('Send').isVisible()).toBe(true);
      expect(await tab.button('Stop').isVisible()).toBe(false);
      const again = gated('again');
      release('again', 0, words.length);
      await tab.ask(again);
      await tab.shows('.assistant:last-child .note', /^stop · /);
      await tab.shows('.assistant:last-child .text', words.join(''));
      await tab.shows('#spoken', /^The sky .* \(stop · /);
      expect(tab.errors).toEqual([]);
    });

    test('a stop while the wire is cut reaches the model after the restore', async () => {
      await using tab = await Tab.open(browser, demo);
      const prompt = gated('late');
      release('late', 0, 2);
      await tab.ask(prompt);
      await tab.shows('.assistant .text', upTo(2));
      await tab.cut();
      await tab.button('Stop').click();
      await tab.shows('.assistant .note', 'no connection; stops when there is one');
      await tab.restore();
      await tab.shows('.assistant .note', /^cancelled, model call aborted/);
      await model.journal.until({ kind: 'peer_gone', key: 'late' });
      expect(tab.errors).toEqual([]);
    });

    test('nothing is off the screen of a phone, and no button moves', async () => {
      await using tab = await Tab.open(browser, demo, { viewport: { width: 360, height: 640 } });
      const controls = ['header', '#toggle', '#plug', '#prompt'].map((it) => tab.page.locator(it));
      const places = () => Promise.all(controls.map((control) => control.boundingBox()));
      const atFirst = await places();
      const look = async () => {
        expect(await tab.overflowing()).toEqual([]);
        expect(await places()).toEqual(atFirst);
      };
      await look();
      const prompt = gated('phone', ['Rindfleischetikettierung'.repeat(20), ' and so on']);
      release('phone', 0, 1);
      await tab.ask(`${prompt} ${'x'.repeat(200)}`);
      await tab.shows('.assistant .text', /Rind/);
      await look();
      await tab.cut();
      await look();
      await tab.button('Frames').click();
      await look();
      await tab.restore();
      await look();
      release('phone', 1, 2);
      await tab.shows('.assistant .note', /^stop · /);
      await look();
      expect(tab.errors).toEqual([]);
    });

    test.runIf(pictures)('the pictures of the README, with PAGE_PICTURES=folder', async () => {
      await using slow = await Demo.start(['--delay-ms', '100']);
      await using tab = await Tab.open(browser, slow, { viewport: { width: 1_080, height: 600 } });
      await tab.ask('Tell me about rivers.');
      await tab.shows('#newest', /^1\d$/);
      await tab.cut();
      await tab.shows('#detail', /^attempt 4/);
      await tab.restore();
      await tab.shows('.assistant mark:last-of-type', /./);
      await tab.shows('#frames tbody', /inresumed(.*intoken){5}/s);
      for (const colorScheme of ['light', 'dark'] as const) {
        await tab.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        const path = join(resolve(pictures ?? ''), `page-${colorScheme}.png`);
        expect((await tab.page.screenshot({ path })).length).toBeLessThan(100_000);
      }
    });
  },
);
