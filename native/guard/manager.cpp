// guard/manager: OpenSCManager and what follows. Source: winsvc.h; Windows Vista for the settings.
#include "native/guard/manager.hpp"

#include <array>
#include <memory>
#include <type_traits>
#include <utility>

#include "native/error.hpp"

namespace ntpages {
namespace {

struct Close {
    void operator()(SC_HANDLE handle) const noexcept {
        const auto last_error = GetLastError();
        CloseServiceHandle(handle);
        SetLastError(last_error);
    }
};
using ServiceHandle = std::unique_ptr<std::remove_pointer_t<SC_HANDLE>, Close>;

ServiceHandle manager(DWORD access) {
    return ServiceHandle(check(OpenSCManagerW(nullptr, nullptr, access), "OpenSCManagerW"));
}

ServiceHandle opened(const std::string& name, DWORD access) {
    const auto scm = manager(SC_MANAGER_CONNECT);
    ServiceHandle found(OpenServiceW(scm.get(), utf16(name).c_str(), access));
    if (!found) fail("OpenServiceW", GetLastError(), name);
    return found;
}

// What Windows has had no setting for, as long as others have one; anything else is a refusal.
bool is_unknown(DWORD code) noexcept {
    return code == ERROR_INVALID_LEVEL || code == ERROR_CALL_NOT_IMPLEMENTED ||
           code == ERROR_INVALID_PARAMETER;
}

const char* word_of(DWORD state) noexcept {
    switch (state) {
        case SERVICE_STOPPED:
            return "stopped";
        case SERVICE_START_PENDING:
            return "starting";
        case SERVICE_STOP_PENDING:
            return "stopping";
        case SERVICE_RUNNING:
            return "running";
        default:
            return "paused";
    }
}

// Makes the settings one by one, and keeps the names of those that are not known here.
class Settings {
public:
    explicit Settings(SC_HANDLE service) : service_(service) {}

    template <typename Setting>
    void make(const char* name, DWORD level, Setting setting) {
        if (ChangeServiceConfig2W(service_, level, &setting)) return;
        if (!is_unknown(GetLastError())) fail("ChangeServiceConfig2W", GetLastError(), name);
        unknown_.emplace_back(name);
    }

    std::vector<std::string> unknown() && { return std::move(unknown_); }

private:
    SC_HANDLE service_;
    std::vector<std::string> unknown_;
};

std::vector<std::string> make_settings(SC_HANDLE service, const std::string& about,
                                       const std::vector<std::string>& privileges) {
    constexpr DWORD second = 1'000;  // milliseconds
    constexpr DWORD day = 86'400;    // seconds
    auto words = utf16(about);
    std::array<SC_ACTION, 3> actions{{{SC_ACTION_RESTART, 5 * second},
                                      {SC_ACTION_RESTART, 60 * second},
                                      {SC_ACTION_RESTART, 600 * second}}};
    std::wstring list;  // each ends with a zero, and so does the list
    for (const auto& each : privileges) list += utf16(each) + L'\0';
    list += L'\0';

    Settings settings(service);
    settings.make("description", SERVICE_CONFIG_DESCRIPTION, SERVICE_DESCRIPTIONW{words.data()});
    settings.make("delayed start", SERVICE_CONFIG_DELAYED_AUTO_START_INFO,
                  SERVICE_DELAYED_AUTO_START_INFO{TRUE});
    settings.make("failure actions", SERVICE_CONFIG_FAILURE_ACTIONS,
                  SERVICE_FAILURE_ACTIONSW{day, nullptr, nullptr,
                                           static_cast<DWORD>(actions.size()), actions.data()});
    settings.make("failure actions for errors", SERVICE_CONFIG_FAILURE_ACTIONS_FLAG,
                  SERVICE_FAILURE_ACTIONS_FLAG{TRUE});
    // A restricted one could open nothing that does not name it: neither the processes that rules
    // trim nor the store.
    settings.make("service SID", SERVICE_CONFIG_SERVICE_SID_INFO,
                  SERVICE_SID_INFO{SERVICE_SID_TYPE_UNRESTRICTED});
    settings.make("required privileges", SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO,
                  SERVICE_REQUIRED_PRIVILEGES_INFOW{list.data()});
    return std::move(settings).unknown();
}

}  // namespace

std::vector<std::string> install_service(const std::string& name, const std::string& title,
                                         const std::string& about, const std::string& command,
                                         const std::vector<std::string>& privileges) {
    const auto scm = manager(SC_MANAGER_CONNECT | SC_MANAGER_CREATE_SERVICE);
    const ServiceHandle made(CreateServiceW(scm.get(), utf16(name).c_str(), utf16(title).c_str(),
                                            SERVICE_CHANGE_CONFIG | SERVICE_START | DELETE,
                                            SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START,
                                            SERVICE_ERROR_NORMAL, utf16(command).c_str(), nullptr,
                                            nullptr, nullptr, nullptr, nullptr));
    if (!made) fail("CreateServiceW", GetLastError(), name);
    try {
        return make_settings(made.get(), about, privileges);
    } catch (...) {
        DeleteService(made.get());  // there is no half a service
        throw;
    }
}

std::tuple<std::string, std::uint32_t, std::uint32_t> query_service(const std::string& name) {
    const auto service = opened(name, SERVICE_QUERY_STATUS);
    SERVICE_STATUS_PROCESS status{};
    DWORD needed = 0;
    check(QueryServiceStatusEx(service.get(), SC_STATUS_PROCESS_INFO,
                               reinterpret_cast<BYTE*>(&status), sizeof(status), &needed),
          "QueryServiceStatusEx");
    const auto code = status.dwWin32ExitCode == ERROR_SERVICE_SPECIFIC_ERROR
                          ? status.dwServiceSpecificExitCode
                          : status.dwWin32ExitCode;
    return {word_of(status.dwCurrentState), status.dwProcessId, code};
}

void start_service(const std::string& name) {
    const auto service = opened(name, SERVICE_START);
    if (!StartServiceW(service.get(), 0, nullptr)) fail("StartServiceW", GetLastError(), name);
}

void stop_service(const std::string& name) {
    const auto service = opened(name, SERVICE_STOP);
    SERVICE_STATUS status{};
    if (!ControlService(service.get(), SERVICE_CONTROL_STOP, &status)) {
        fail("ControlService", GetLastError(), name);
    }
}

void delete_service(const std::string& name) {
    const auto service = opened(name, DELETE);
    if (!DeleteService(service.get())) fail("DeleteService", GetLastError(), name);
}

}  // namespace ntpages
