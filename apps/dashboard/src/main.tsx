// The entry point: puts the page into the document.

import { render } from 'preact';
import { App } from './page/app.tsx';
import { watchInput } from './session/input.ts';
import './style.css';

watchInput(document);
const root = document.getElementById('app');
if (root !== null) render(<App />, root);
