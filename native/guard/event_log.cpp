// guard/event_log: RegisterEventSource and ReportEvent. Source: winbase.h, Windows 2000.
#include "native/guard/event_log.hpp"

#include <memory>

#include "native/error.hpp"
#include "native/handle.hpp"

namespace ntpages {
namespace {

using EventSource = std::unique_ptr<void, Closer<&DeregisterEventSource>>;

}  // namespace

void report_event(const std::string& source, std::uint16_t kind, std::uint32_t number,
                  const std::vector<std::string>& texts) {
    const EventSource opened(
        check(RegisterEventSourceW(nullptr, utf16(source).c_str()), "RegisterEventSourceW"));
    std::vector<std::wstring> wide;
    wide.reserve(texts.size());
    std::vector<const wchar_t*> pointers;
    for (const auto& each : texts) pointers.push_back(wide.emplace_back(utf16(each)).c_str());
    check(ReportEventW(opened.get(), kind, 0, number, nullptr, static_cast<WORD>(pointers.size()),
                       0, pointers.data(), nullptr),
          "ReportEventW");
}

}  // namespace ntpages
