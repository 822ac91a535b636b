// Linux functions of the control loop that the Glibc module does not export.
#pragma once
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A non-blocking eventfd, or -1.
int weft_wakeup_open(void);
/// Blocks the signals for this thread (and those it makes later); a non-blocking signalfd, or -1.
int weft_signals_open(const int *signals, int count);
/// The number of the next signal waiting in a signalfd, or 0.
int weft_signals_read(int descriptor);
/// poll(2) with a timeout in nanoseconds; negative waits for ever.
int weft_poll(struct pollfd *descriptors, unsigned count, int64_t nanoseconds);
/// accept(2) of a non-blocking, close-on-exec socket.
int weft_accept(int listener);
/// CRC-32C of bytes, continued from the checksum of those before them (0 for the first).
uint32_t weft_checksum(uint32_t before, const void *bytes, size_t count);
/// Blocks the signals for this thread (and those it makes later).
void weft_signals_block(const int *signals, int count);
/// Waits for one of the signals, which are blocked; negative nanoseconds wait for ever. Its number, or 0 for none.
int weft_signals_wait(const int *signals, int count, int64_t nanoseconds);
/// Returns true if the process ignores a signal.
int weft_signal_is_ignored(int signal);
/// Has malloc return blocks of this many bytes and more to the system as soon as they are freed.
void weft_return_blocks(int bytes);
/// Returns the free memory of smaller blocks to the system.
void weft_trim_memory(void);
/// Gives the calling thread the lowest real-time priority, or takes it away; threads and processes that it makes never
/// have it. Returns false where that is not permitted.
bool weft_set_realtime(bool on);
/// Returns true if the calling thread has real-time priority.
bool weft_is_realtime(void);
/// Processor time of the calling thread, nanoseconds.
uint64_t weft_thread_time(void);
