// Tests come with the code they hold.
