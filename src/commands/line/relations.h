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

/// What an option has to do with others of its command, said once, where it is declared: usage
/// errors, settings, `--help` and the manual read it.
///
/// The others are written nearly as on a command line:
///
///   "--until"              it is given
///   "--ack=auto|none"      it is given with one of these values, in which `*` is any text
///   "--retry!=0"           it is given with another value
///   "!QUEUE"               it is not given
///
/// A switch that is given as `=false` is not given. Others that the command does not have are
/// ignored; an option that needs only such needs nothing.
struct Relation {
  enum class Kind {
    needs,     ///< one of the others; without any it is a mistake, or idle in a profile
    excludes,  ///< each of the others; of two sources the stronger one's option wins
  };

  Kind kind = Kind::needs;
  std::vector<std::string_view> others;
  std::string_view hint = {};  ///< what to do instead, or empty
  /// With one of these the two are no mistake on the command line.
  std::vector<std::string_view> unless = {};
};

/// The relations of a command's options.
using Relations = std::vector<std::pair<const CLI::Option*, Relation>>;

/// Where an option's value came from when it was not the command line.
struct Source {
  std::size_t rank = 0;  ///< the higher, the weaker; the command line is 0
  std::string name;      ///< "profile 'p', config.toml:3: every"; empty for the command line
};
using Sources = std::map<const CLI::Option*, Source>;

/// A value that a source has for an option which no stronger one gave.
struct Candidate {
  std::vector<std::string> values;
  Source source;
};
using Candidates = std::map<const CLI::Option*, Candidate>;

/// Leaves those that mean something: an option without one that it needs is idle, and one that
/// excludes another which a stronger source gave, or is excluded by it, gives way.
void drop_idle(Candidates& candidates, const CLI::App& app, const Relations& relations);

/// Throws Error{usage} for a relation that does not hold between the options that are given.
void check_relations(const CLI::App& app, const Relations& relations, const Sources& sources);

/// Of the options that the relation names and the command has, how a message calls them: "--until",
/// "--type headers".
std::vector<std::string> shown_others(const Relation& relation, const CLI::App& app);

}  // namespace mscomm
