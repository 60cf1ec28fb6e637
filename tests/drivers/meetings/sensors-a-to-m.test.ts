import { describeMeetings } from '../support/meeting.ts';

await describeMeetings('sensors-a-to-m');
