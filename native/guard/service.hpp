// guard/service: this process as a Windows service, as the service manager sees it.
#pragma once

#include <windows.h>

#include <cstdint>
#include <string>

namespace ntpages {

// Tells the service manager, which must have started this process, that the service is about to
// run. Windows lets a process do so once.
void begin_service(const std::string& name);

// It runs, and may be stopped from now on. Nothing is told of one that is being stopped already.
void service_runs();

// It is still about to begin, or to stop, and has come further: a checkpoint.
void service_goes_on();

// Returns when it is asked to stop, or at the end of the time. Whether it was.
bool wait_for_service_stop(std::uint32_t milliseconds);

// The last that is done: it has stopped, and went well where code is 0. From any thread, and again.
void end_service(std::uint32_t code);

}  // namespace ntpages
