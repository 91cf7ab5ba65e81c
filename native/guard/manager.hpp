// guard/manager: services as the service manager keeps them: made, started, asked, stopped,
// deleted.
#pragma once

#include <windows.h>

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

namespace ntpages {

// Makes a service that starts by itself some time after Windows, runs as the system with these
// privileges and no others, and is started again where it ends unasked. Returns the settings that
// this Windows does not know, which are left out.
std::vector<std::string> install_service(const std::string& name, const std::string& title,
                                         const std::string& about, const std::string& command,
                                         const std::vector<std::string>& privileges);

// "stopped", "starting", "stopping", "running" or "paused"; its process, or 0; the code that it
// ended with last.
std::tuple<std::string, std::uint32_t, std::uint32_t> query_service(const std::string& name);

void start_service(const std::string& name);
void stop_service(const std::string& name);
void delete_service(const std::string& name);

}  // namespace ntpages
