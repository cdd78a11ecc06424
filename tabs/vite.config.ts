import path from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: '../dist/tab',
    emptyOutDir: true,
    // The page's policy allows scripts of its own host only, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
    rolldownOptions: {
      input: {
        main: path.join(import.meta.dirname, 'index.html'),
        signIn: path.join(import.meta.dirname, 'sign-in.html'),
      },
    },
  },
  server: { proxy: { '/api': process.env['HOLDFAST_API'] ?? 'http://127.0.0.1:7071' } },
});
