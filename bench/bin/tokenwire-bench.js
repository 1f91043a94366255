#!/usr/bin/env node
import { runBin } from '@tokenwire/spec/bin';

await runBin(import.meta.url);
