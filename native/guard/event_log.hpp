// guard/event_log: events in Windows' Application log.
#pragma once

#include <windows.h>

#include <cstdint>
#include <string>
#include <vector>

namespace ntpages {

// Reports one event of a source: its kind and number are Windows' (EVENTLOG_WARNING_TYPE, the id of
// a message), its texts fill the message's gaps.
void report_event(const std::string& source, std::uint16_t kind, std::uint32_t number,
                  const std::vector<std::string>& texts);

}  // namespace ntpages
