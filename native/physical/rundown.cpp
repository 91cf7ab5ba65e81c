// physical/rundown: what files are called, as the kernel's tracing tells when a session ends.
#include "native/physical/rundown.hpp"

#include <windows.h>
// They need windows.h before them.
#include <evntcons.h>
#include <evntrace.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

#include "native/error.hpp"
#include "native/physical/names.hpp"
#include "native/regions/names.hpp"

namespace ntpages {
namespace {

// Source: learn.microsoft.com, classes FileIo and FileIo_Name.
constexpr GUID file_io_provider = {
    0x90CBDC39, 0x4A3E, 0x11D1, {0x84, 0xF4, 0x00, 0x00, 0xF8, 0x04, 0x64, 0xE3}};
constexpr UCHAR file_name_event = 0;
constexpr UCHAR file_rundown_event = 36;

// EVENT_TRACE_PROPERTIES, and the texts that have to stand behind it.
struct Properties {
    EVENT_TRACE_PROPERTIES head{};
    std::array<wchar_t, 64> name{};
    std::array<wchar_t, MAX_PATH> log{};
};

// A session of the kernel's own events, beside those that others have; Windows 8. It lives until it
// is stopped, longer than its process.
class Session {
public:
    explicit Session(const std::wstring& log)
        : name_(L"ntpages file names " + std::to_wstring(GetCurrentThreadId())) {
        auto code = start(log);
        if (code == ERROR_ALREADY_EXISTS) {  // from a process that was ended meanwhile
            stop();
            code = start(log);
        }
        check_code(code, "StartTraceW");
        running_ = true;
    }
    ~Session() {
        if (running_) stop();
    }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    void end() {
        const auto code = stop();
        running_ = code != ERROR_SUCCESS;
        check_code(code, "ControlTraceW");
    }

private:
    static Properties properties() {
        Properties asked;
        asked.head.Wnode.BufferSize = sizeof(asked);
        asked.head.Wnode.Flags = WNODE_FLAG_TRACED_GUID;
        asked.head.Wnode.ClientContext = 1;  // times in ticks of the performance counter
        asked.head.LoggerNameOffset = offsetof(Properties, name);
        asked.head.LogFileNameOffset = offsetof(Properties, log);
        return asked;
    }

    ULONG start(const std::wstring& log) {
        auto asked = properties();
        asked.head.BufferSize = 1024;  // KiB
        asked.head.MinimumBuffers = 16;
        asked.head.MaximumBuffers = 64;
        asked.head.LogFileMode = EVENT_TRACE_FILE_MODE_SEQUENTIAL | EVENT_TRACE_SYSTEM_LOGGER_MODE;
        asked.head.EnableFlags = EVENT_TRACE_FLAG_DISK_IO | EVENT_TRACE_FLAG_DISK_FILE_IO;
        if (log.size() >= asked.log.size()) return ERROR_FILENAME_EXCED_RANGE;
        std::ranges::copy(log, asked.log.begin());
        ULONG64 session = 0;
        return StartTraceW(&session, name_.c_str(), &asked.head);
    }

    ULONG stop() noexcept {
        auto asked = properties();
        return ControlTraceW(0, name_.c_str(), &asked.head, EVENT_TRACE_CONTROL_STOP);
    }

    std::wstring name_;
    bool running_ = false;
};

// What is read from the log.
struct Reading {
    std::unordered_map<std::uint64_t, std::wstring> paths;
    DosNames letters;
    bool out_of_memory = false;

    void take(const EVENT_RECORD& event) {
        const auto& header = event.EventHeader;
        const auto kind = header.EventDescriptor.Opcode;
        if (!IsEqualGUID(header.ProviderId, file_io_provider)) return;
        if (kind != file_name_event && kind != file_rundown_event) return;
        const auto* const data = static_cast<const std::byte*>(event.UserData);
        const auto file = read_file_event({data, data ? event.UserDataLength : std::size_t{0}});
        if (!file) return;
        const std::wstring path(file->path.begin(), file->path.end());
        paths[file->key & ~std::uint64_t{7}] = letters.of(path);
    }
};

void WINAPI take_event(EVENT_RECORD* event) noexcept {
    auto& reading = *static_cast<Reading*>(event->UserContext);
    try {
        reading.take(*event);
    } catch (const std::bad_alloc&) {
        reading.out_of_memory = true;
    }
}

}  // namespace

std::unique_ptr<FileNames> trace_file_names(const std::wstring& log) {
    Session(log).end();
    Reading reading;
    auto path = log;
    EVENT_TRACE_LOGFILEW file{};
    file.LogFileName = path.data();
    file.ProcessTraceMode = PROCESS_TRACE_MODE_EVENT_RECORD;
    file.EventRecordCallback = &take_event;
    file.Context = &reading;
    auto trace = OpenTraceW(&file);
    if (trace == ~ULONG64{0}) fail("OpenTraceW", GetLastError());
    const auto code = ProcessTrace(&trace, 1, nullptr, nullptr);
    CloseTrace(trace);
    check_code(code, "ProcessTrace");
    if (reading.out_of_memory) throw std::bad_alloc();
    if (reading.paths.empty()) fail("ProcessTrace", ERROR_NOT_FOUND, "no file was named");
    return std::make_unique<FileNames>(std::move(reading.paths));
}

}  // namespace ntpages
