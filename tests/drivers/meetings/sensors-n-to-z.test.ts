import { describeMeetings } from '../support/meeting.ts';

await describeMeetings('sensors-n-to-z');
