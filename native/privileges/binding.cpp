// privileges/binding: how the token's privileges reach Python.
#include <string>
#include <utility>

#include "docstrings/privileges.hpp"
#include "native/bind.hpp"
#include "native/privileges/rights.hpp"
#include "native/privileges/scopes.hpp"
#include "native/privileges/token.hpp"
#include "native/record.hpp"

namespace ntpages {

void bind_privileges(py::module_& module) {
    bind_record<Privilege>(
        module, "Privilege", docs::Privilege::self, field(docs::Privilege::name, &Privilege::name),
        field(docs::Privilege::enabled, &Privilege::enabled),
        field(docs::Privilege::enabled_by_default, &Privilege::enabled_by_default),
        field(docs::Privilege::removed, &Privilege::removed));
    bind_record<Account>(module, "Account", docs::Account::self,
                         field(docs::Account::name, &Account::name),
                         field(docs::Account::sid, &Account::sid));
    module.def("held_privileges", &held_privileges, ReleaseGil());
    py::class_<EnabledPrivileges> scope(module, "EnabledPrivileges",
                                        py::release_gil_before_calling_cpp_dtor());
    bind_scope(scope.def(py::init<std::vector<std::string>>(), "names"_a));
    module.def("switch_for_good", &switch_for_good, "name"_a, "enable"_a, ReleaseGil());
    module.def("is_elevated", &is_elevated, ReleaseGil());
    module.def("grant_privilege", &grant_privilege, "name"_a, "account"_a, ReleaseGil());
    module.def(
        "revoke_privilege",
        [](const std::string& name, const std::string& account) {
            auto done = revoke_privilege(name, account);
            return std::pair(std::move(done.account), done.held);
        },
        "name"_a, "account"_a, ReleaseGil());
    module.def("accounts_with_privilege", &accounts_with_privilege, "name"_a, ReleaseGil());
}

}  // namespace ntpages
