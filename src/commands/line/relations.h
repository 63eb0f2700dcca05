#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace mscomm {

/// A relation of an option to others of its command, written once, where the option is declared.
/// Usage errors, settings, `--help` and the manual read it.
///
/// The others are written nearly as on a command line:
///
///   "--until"              it is given
///   "--ack=auto|none"      it is given with one of these values, in which `*` is any text
///   "--retry!=0"           it is given with another value
///   "!QUEUE"               it is not given
///
/// A switch given as `=false` counts as not given. Names that the command does not have are
/// ignored; an option that needs only such names needs nothing.
struct Relation {
  enum class Kind {
    needs,     ///< one of the others; without any it is a mistake, or idle in a profile
    excludes,  ///< each of the others; of two sources the stronger one's option wins
  };

  Kind kind = Kind::needs;
  std::vector<std::string_view> others;
  std::string_view hint = {};  ///< what to do instead, or empty
  /// If one of these is given, the command line may have both.
  std::vector<std::string_view> unless = {};
  /// A weaker source's option is a mistake here, too, because a run without it would do harm: it
  /// would send a password in clear text, or take messages that were not asked for. What is needed
  /// may be left out by a stronger source than the option's own.
  bool insists = false;
};

/// The relations of a command's options.
using Relations = std::vector<std::pair<const CLI::Option*, Relation>>;

/// Where an option's value came from, unless it was the command line.
struct Source {
  std::size_t rank = 0;  ///< higher is weaker; the command line is 0
  std::string name;      ///< "profile 'p', config.toml:3: every"; empty for the command line
};
using Sources = std::map<const CLI::Option*, Source>;

/// A source's value for an option that no stronger source gave.
struct Candidate {
  std::vector<std::string> values;
  Source source;
};
using Candidates = std::map<const CLI::Option*, Candidate>;

/// Drops candidates that have no effect: an option whose need is not met, and an option in conflict
/// (`excludes`, either way) with one from a stronger source.
void drop_idle(Candidates& candidates, const CLI::App& app, const Relations& relations);

/// Throws Error{usage} for a relation that the given options break.
void check_relations(const CLI::App& app, const Relations& relations, const Sources& sources);

/// The options of the relation that the command has, as messages name them: "--until", "--type
/// headers".
std::vector<std::string> shown_others(const Relation& relation, const CLI::App& app);

}  // namespace mscomm
