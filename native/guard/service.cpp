// guard/service: StartServiceCtrlDispatcher, on a thread of its own, and the orders that come
// there. Source: winsvc.h; "Service ServiceMain Function" of Microsoft's reference, for what is
// told when.
#include "native/guard/service.hpp"

#include <array>
#include <atomic>

#include "native/error.hpp"
#include "native/handle.hpp"
#include "native/lock.hpp"

namespace ntpages {
namespace {

constexpr DWORD start_takes = 30'000;  // milliseconds until the next word, at most
constexpr DWORD stop_takes = 5'000;

// The one service of the process: what the service manager calls back takes no context.
struct Service {
    std::wstring name;
    Handle begun;  // set once orders are taken
    Handle asked_to_stop;
    Handle over;
    Handle dispatcher;
    SERVICE_STATUS_HANDLE teller = nullptr;
    SlimLock answering;  // an order: nothing ends before it is answered
    SlimLock telling;    // guards `status`; taken inside the other
    SERVICE_STATUS status{};
    const char* refused = nullptr;  // the call for which it could not begin, and its code
    DWORD refusal = 0;
};

Service service;
std::atomic<bool> taken{false};

Handle event() {
    return Handle(check(CreateEventW(nullptr, TRUE, FALSE, nullptr), "CreateEventW"));
}

// What the next word may be, by the last one: whatever comes late is not told.
bool follows(DWORD state) noexcept {
    const auto last = service.status.dwCurrentState;
    if (last == SERVICE_STOPPED) return false;
    return last != SERVICE_STOP_PENDING || state == SERVICE_STOPPED || state == last;
}

BOOL tell(DWORD state, DWORD orders, DWORD hint = 0, DWORD code = 0) noexcept {
    const std::scoped_lock locked(service.telling);
    if (!follows(state)) return TRUE;
    auto& status = service.status;
    status.dwServiceType = SERVICE_WIN32_OWN_PROCESS;
    // Counts up while a state is pending, so that whoever waits sees that it goes on.
    status.dwCheckPoint = hint == 0 ? 0 : status.dwCheckPoint + 1;
    status.dwCurrentState = state;
    status.dwControlsAccepted = orders;
    status.dwWaitHint = hint;
    status.dwWin32ExitCode = code == 0 ? NO_ERROR : ERROR_SERVICE_SPECIFIC_ERROR;
    status.dwServiceSpecificExitCode = code;
    return SetServiceStatus(service.teller, &status);
}

DWORD WINAPI take_order(DWORD order, DWORD, void*, void*) {
    const std::scoped_lock locked(service.answering);
    switch (order) {
        case SERVICE_CONTROL_STOP:
        case SERVICE_CONTROL_SHUTDOWN:
            tell(SERVICE_STOP_PENDING, 0, stop_takes);
            SetEvent(service.asked_to_stop.get());
            return NO_ERROR;
        case SERVICE_CONTROL_INTERROGATE:
            return NO_ERROR;
        default:
            return ERROR_CALL_NOT_IMPLEMENTED;
    }
}

// Ends a service that could not begin: whoever waits for that hears why.
void give_up(const char* call) noexcept {
    service.refused = call;
    service.refusal = GetLastError();
    if (service.teller) tell(SERVICE_STOPPED, 0, 0, service.refusal);
    SetEvent(service.begun.get());
}

// What the dispatcher calls on a thread that it makes. It lasts as long as the service.
void WINAPI service_main(DWORD, wchar_t**) {
    service.teller = RegisterServiceCtrlHandlerExW(service.name.c_str(), &take_order, nullptr);
    if (!service.teller) return give_up("RegisterServiceCtrlHandlerExW");
    // Not yet running: whoever starts it hears whether it could begin.
    if (!tell(SERVICE_START_PENDING, 0, start_takes)) return give_up("SetServiceStatus");
    if (!SetEvent(service.begun.get())) return give_up("SetEvent");
    WaitForSingleObject(service.over.get(), INFINITE);
}

DWORD WINAPI dispatch(void*) {
    const std::array<SERVICE_TABLE_ENTRYW, 2> table{
        {{service.name.data(), &service_main}, {nullptr, nullptr}}};
    if (StartServiceCtrlDispatcherW(table.data())) return NO_ERROR;
    return GetLastError();
}

// Whether the dispatcher has ended: on Windows it does so after the last word of the service.
bool has_ended(DWORD milliseconds) noexcept {
    return WaitForSingleObject(service.dispatcher.get(), milliseconds) == WAIT_OBJECT_0;
}

void begin(const std::string& name) {
    service.name = utf16(name);
    service.status = {};
    service.refused = nullptr;
    service.begun = event();
    service.asked_to_stop = event();
    service.over = event();
    service.dispatcher =
        Handle(check(CreateThread(nullptr, 0, &dispatch, nullptr, 0, nullptr), "CreateThread"));
    const std::array<HANDLE, 2> either{service.begun.get(), service.dispatcher.get()};
    const auto first = WaitForMultipleObjects(2, either.data(), FALSE, INFINITE);
    if (first == WAIT_FAILED) {
        const auto code = GetLastError();
        tell(SERVICE_STOPPED, 0, 0, code);
        SetEvent(service.over.get());
        has_ended(stop_takes);
        fail("WaitForMultipleObjects", code, name);
    }
    if (first == WAIT_OBJECT_0 && !service.refused) return;
    has_ended(stop_takes);
    if (service.refused) fail(service.refused, service.refusal, name);
    DWORD code = 0;
    check(GetExitCodeThread(service.dispatcher.get(), &code), "GetExitCodeThread");
    fail("StartServiceCtrlDispatcherW", code, name);
}

}  // namespace

void begin_service(const std::string& name) {
    if (taken.exchange(true)) {
        fail("StartServiceCtrlDispatcherW", ERROR_SERVICE_ALREADY_RUNNING, name);
    }
    try {
        begin(name);
    } catch (...) {
        taken.store(service.dispatcher && !has_ended(0));
        throw;
    }
}

void service_runs() {
    check(tell(SERVICE_RUNNING, SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN), "SetServiceStatus");
}

void service_goes_on() {
    const auto stops = WaitForSingleObject(service.asked_to_stop.get(), 0) == WAIT_OBJECT_0;
    const auto told = stops ? tell(SERVICE_STOP_PENDING, 0, stop_takes)
                            : tell(SERVICE_START_PENDING, 0, start_takes);
    check(told, "SetServiceStatus");
}

bool wait_for_service_stop(std::uint32_t milliseconds) {
    const auto result = WaitForSingleObject(service.asked_to_stop.get(), milliseconds);
    if (result == WAIT_FAILED) fail("WaitForSingleObject");
    return result == WAIT_OBJECT_0;
}

void end_service(std::uint32_t code) {
    DWORD refusal = 0;
    {
        const std::scoped_lock locked(service.answering);
        if (!tell(SERVICE_STOPPED, 0, 0, code)) refusal = GetLastError();
    }
    check(SetEvent(service.over.get()), "SetEvent");
    taken.store(!has_ended(stop_takes));
    if (refusal != 0) fail("SetServiceStatus", refusal);
}

}  // namespace ntpages
