// The entry point: puts the page into the document.

import { render } from 'preact';
import { watchInput } from './session/input.ts';
import { App } from './shell/app.tsx';
import './style.css';

watchInput(document);
const root = document.getElementById('app');
if (root !== null) render(<App />, root);
