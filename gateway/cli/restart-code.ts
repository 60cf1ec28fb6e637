/** `haidang run` ends with it when it is to start afresh: EX_TEMPFAIL of sysexits.h, which nothing else here uses. */
export const restartCode = 75;
