//! The words that pseudonyms are made of: a colour or a stuff, and an animal. Knows nothing else.
//!
//! They are short, plain ASCII, mean no person, and are no words of this program.

/// What stands first.
pub(super) const FIRST: [&str; 64] = [
    "Amber", "Ash", "Azure", "Basil", "Beige", "Birch", "Brass", "Brick", "Cedar", "Chalk", "Cider", "Clay",
    "Clove", "Cobalt", "Cocoa", "Copper", "Coral", "Cotton", "Cream", "Denim", "Dusk", "Ebony", "Elm",
    "Fern", "Flint", "Frost", "Ginger", "Gold", "Granite", "Hazel", "Honey", "Indigo", "Iron", "Ivory",
    "Jade", "Khaki", "Lemon", "Lilac", "Lime", "Linen", "Maple", "Mauve", "Mint", "Mocha", "Moss", "Navy",
    "Oak", "Ochre", "Olive", "Onyx", "Opal", "Pearl", "Pine", "Plum", "Quartz", "Russet", "Rust", "Saffron",
    "Sepia", "Slate", "Tan", "Teal", "Umber", "Velvet",
];

/// What stands second.
pub(super) const SECOND: [&str; 64] = [
    "Badger", "Bat", "Bear", "Beaver", "Bison", "Camel", "Carp", "Cat", "Cicada", "Cod", "Cobra", "Crab",
    "Crane", "Crow", "Deer", "Dingo", "Dove", "Duck", "Eagle", "Eel", "Egret", "Elk", "Falcon", "Ferret",
    "Finch", "Fox", "Frog", "Gecko", "Goat", "Goose", "Hare", "Hawk", "Heron", "Hyena", "Ibex", "Ibis",
    "Impala", "Jackal", "Jay", "Koala", "Lark", "Lemur", "Lion", "Llama", "Lynx", "Magpie", "Mole", "Moose",
    "Newt", "Okapi", "Orca", "Otter", "Owl", "Panda", "Pika", "Quail", "Rabbit", "Raven", "Robin", "Seal",
    "Stork", "Swan", "Tapir", "Wren",
];
