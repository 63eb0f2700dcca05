#pragma once

#include <string>
#include <string_view>

namespace mscomm {

class CommandLine;
struct BoundCommand;
struct Environment;
struct Profile;

/// Fills every option that the command line left open from the environment (`MSCOMM_<NAME>`, then
/// AMQP_URL for --url; never MSCOMM_MESSAGE_..., which `consume --exec` sets), else from the
/// profile: the command's own table, then the table `get` for the other HTTP verbs, then the keys
/// shared by all commands.
///
/// Skips an option in conflict with one from a stronger source, and an option whose need is not met
/// (relations.h). In the environment each line is an item of a list. Throws Error{usage} that
/// begins with the value's origin, and the errors of check_relations().
void apply_settings(BoundCommand& command, const Environment& environment, const Profile& profile);

/// Fills the options of `line` as `command` would get them from the profile alone. Throws as
/// apply_settings().
void apply_profile(CommandLine& line, const Profile& profile, std::string_view command);

/// Throws Error{usage}, with a suggestion, for a key that no command has, a table that names no
/// command, or a key in it that its command lacks. `current` is the command that runs.
void check_profile(const Profile& profile, const BoundCommand& current);

/// "MSCOMM_ROUTING_KEY" for "routing-key".
std::string variable_name(const std::string& option_name);

}  // namespace mscomm
